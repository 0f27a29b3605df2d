import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { eventually } from "../process/wait.ts";
import { clientOf, expect, type Step } from "./journey.ts";

const awaited = ["todo.task.v1.TaskCreated", "todo.task.v1.TaskCompleted"];

export const auditEntryStep: Step = {
  sentence: "both changes come through Kafka into the audit log, whose chain is whole",
  async run(journey) {
    const audit = clientOf(journey, AuditService);
    const seen = async () => {
      const { entries } = await audit.listEntries({ subject: journey.taskId ?? "" });
      const types = entries.map(({ type }) => type);
      expect(
        awaited.every((type) => types.includes(type)),
        `there are ${types.join(", ") || "none"}`,
      );
    };
    await eventually("not all entries are there", seen, { within: 60_000, every: 1000 });
    let pageToken = "";
    do {
      const { intact, nextPageToken } = await audit.verifyChain({ pageToken });
      expect(intact, "the chain is broken");
      pageToken = nextPageToken;
    } while (pageToken !== "");
  },
};
