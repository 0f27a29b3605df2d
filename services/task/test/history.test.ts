import { toJson } from "@bufbuild/protobuf";
import { Actor_Kind } from "@todo/proto/todo/identity/v1/actor";
import { HistoryEntrySchema } from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Bed,
  createTask,
  newRequestId,
  newUser,
  reasonOfFailure,
  required,
  startBed,
} from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

describe("the history of a task", () => {
  it("says newest first who did what, by which call, and what was there before", async () => {
    const user = newUser();
    const [person, agent] = [bed.as(user), bed.as(user, { actor: "agent" })];
    const { id } = await createTask(person, { title: "Old", tags: ["home"] });
    const requestId = newRequestId();
    await agent.updateTask({
      id,
      updateMask: { paths: ["title", "tags", "due"] },
      title: "New",
      due: { kind: { case: "allDay", value: "2026-04-01" } },
      requestId,
    });
    await person.completeTask({ id });
    const { entries } = await person.listTaskHistory({ id });
    expect(entries.map(({ type }) => type.split(".").at(-1))).toEqual([
      "TaskCompleted",
      "TaskUpdated",
      "TaskCreated",
    ]);
    expect(entries.map(({ userSeq }) => userSeq)).toEqual([3n, 2n, 1n]);
    expect(entries.map(({ actor }) => actor?.kind)).toEqual([
      Actor_Kind.PERSON,
      Actor_Kind.AGENT,
      Actor_Kind.PERSON,
    ]);
    expect(entries[1]?.requestId).toBe(requestId);
    expect(toJson(HistoryEntrySchema, required(entries[1]))).toMatchObject({
      changes: [
        { field: "title", before: "Old", after: "New" },
        { field: "tags", before: ["home"] },
        { field: "due", after: { allDay: "2026-04-01" } },
      ],
    });
    expect(toJson(HistoryEntrySchema, required(entries[0]))).toMatchObject({
      changes: [
        { field: "status", before: "TASK_STATUS_OPEN", after: "TASK_STATUS_COMPLETED" },
        { field: "complete_time", after: expect.stringContaining("2026-03-01T10:00:00") },
      ],
    });
  });

  it("comes in pages without a gap", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client);
    for (const title of ["a", "b", "c", "d"]) {
      await client.updateTask({ id, updateMask: { paths: ["title"] }, title });
    }
    const seen: bigint[] = [];
    let pageToken = "";
    for (let page = 0; page < 5; page++) {
      const answer = await client.listTaskHistory({ id, pageSize: 2, pageToken });
      seen.push(...answer.entries.map(({ userSeq }) => userSeq));
      pageToken = answer.nextPageToken;
      if (pageToken === "") break;
    }
    expect(seen).toEqual([5n, 4n, 3n, 2n, 1n]);
  });

  it("is its user's alone", async () => {
    const { id } = await createTask(bed.as(newUser()));
    expect(await reasonOfFailure(bed.as(newUser()).listTaskHistory({ id }))).toBe("TASK_NOT_FOUND");
  });

  it("takes no page token of another task", async () => {
    const client = bed.as(newUser());
    const [one, other] = [await createTask(client), await createTask(client)];
    for (const title of ["a", "b"]) {
      await client.updateTask({ id: one.id, updateMask: { paths: ["title"] }, title });
    }
    const { nextPageToken } = await client.listTaskHistory({ id: one.id, pageSize: 1 });
    const request = { id: other.id, pageToken: nextPageToken };
    expect(await reasonOfFailure(client.listTaskHistory(request))).toBe("PAGE_TOKEN_INVALID");
  });
});
