import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { clientOf } from "@todo/kit/kafka-connection";
import { appIds } from "@todo/kit/services";
import type { Check } from "@todo/local/doctor/check";
import { certificates } from "@todo/local/doctor/checks/certificates";
import { chains } from "@todo/local/doctor/checks/chains";
import { feeds } from "@todo/local/doctor/checks/feeds";
import { inboxes } from "@todo/local/doctor/checks/inboxes";
import { lag } from "@todo/local/doctor/checks/lag";
import { outboxes } from "@todo/local/doctor/checks/outboxes";
import { parked } from "@todo/local/doctor/checks/parked";
import { processes } from "@todo/local/doctor/checks/processes";
import { projections } from "@todo/local/doctor/checks/projections";
import { readiness } from "@todo/local/doctor/checks/readiness";
import { recordings } from "@todo/local/doctor/checks/recordings";
import { topics } from "@todo/local/doctor/checks/topics";
import { checks, examine, type Named } from "@todo/local/doctor/examine";
import { reach } from "@todo/local/doctor/reach";
import { repository } from "@todo/local/repository";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { ConfigResourceTypes, Kafka, logLevel } from "kafkajs";
import { beforeAll, describe, expect, it } from "vitest";
import { asAdministrator, putBack } from "./as-administrator.ts";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";
import type { User } from "./user.ts";

/** `npm run doctor` finds nothing wrong where nothing is, and names what somebody broke. */
export function doctorSuite(bed: () => Bed): void {
  describe("the doctor", () => {
    let user: User;
    beforeAll(async () => {
      user = await bed().signUp();
      await change(user, 3);
      const client = user.client(TaskService);
      const { undoToken } = await client.renameTag({ name: "ill", newName: "cured" });
      await client.undo({ undoToken });
      await client.renameTag({ name: "ill", newName: "cured" });
    });

    it("finds no fault with a running system, says so of every check, and tells nothing of anybody", async () => {
      const { code, output } = await eventually(
        "a system at rest",
        async () => {
          const run = await runDoctor(bed(), "--json");
          return run.code === 0 ? run : undefined;
        },
        120_000,
      );
      const { ok, findings } = JSON.parse(output) as { ok: boolean; findings: Named[] };
      expect([code, ok]).toEqual([0, true]);
      expect(new Set(findings.map(({ check }) => check))).toEqual(new Set(checks.map(({ name }) => name)));
      expect(output).not.toContain("of the doctor's patient");
      expect(output).not.toContain(new URL(bed().databaseUrl).password);
    });

    it("ends with 1 and names the feed from which a change is gone", async () => {
      const taken = "delete from task.feed where user_id = $1 and user_seq = 2 returning *";
      const [row] = await asAdministrator(bed(), taken, user.id);
      try {
        const { code, output } = await runDoctor(bed());
        expect(code).toBe(1);
        expect(output).toMatch(new RegExp(`^FAULT +feed +the feed of user ${user.id} has a gap`, "m"));
      } finally {
        await putBack(bed(), "task.feed", row);
      }
      expect(await faults(bed(), feeds)).toEqual([]);
    });

    it("names a task whose number is not that of its change", async () => {
      const move = (by: number) =>
        asAdministrator(
          bed(),
          `update task.task set user_seq = user_seq + ${by} where user_id = $1`,
          user.id,
        );
      await move(1);
      try {
        expect(await faults(bed(), feeds)).toEqual([expect.stringContaining(`tasks of user ${user.id}`)]);
      } finally {
        await move(-1);
      }
    });

    it("names a counter that has not the number of its user's tasks", async () => {
      const count = (by: number) =>
        asAdministrator(
          bed(),
          `update task.user_counter set task_count = task_count + ${by} where user_id = $1`,
          user.id,
        );
      await count(1);
      try {
        expect(await faults(bed(), feeds)).toEqual([
          expect.stringContaining(`the counter of user ${user.id}`),
        ]);
      } finally {
        await count(-1);
      }
    });

    it("names the change, the event and the chain whose entry was taken out of the log", async () => {
      const taken = `delete from audit.entry where user_id = $1 and number = (
        select max(number) from audit.entry where user_id = $1 and type like 'todo.task.%') returning *`;
      const [row] = await asAdministrator(bed(), taken, user.id);
      try {
        expect(await faults(bed(), recordings)).toEqual([expect.stringContaining("1 changes have no entry")]);
        expect(await faults(bed(), inboxes)).toEqual([expect.stringContaining("1 events count as taken")]);
        expect(await faults(bed(), chains)).toEqual([
          expect.stringContaining(`the chain of user ${user.id}`),
        ]);
      } finally {
        await putBack(bed(), "audit.entry", row);
      }
      for (const check of [recordings, inboxes, chains]) expect(await faults(bed(), check)).toEqual([]);
    });

    it("names what a service was not told: a series that it does not know as it is, a user who is gone", async () => {
      const client = user.client(TaskService);
      const { task } = await client.createTask({ title: "of the doctor's patient" });
      const recurrence = { rrule: "FREQ=DAILY" };
      const { series } = await user
        .client(SeriesService)
        .setRecurrence({ taskId: task?.id ?? "", recurrence });
      await eventually("what recurrence knows", async () =>
        (await faults(bed(), projections)).length === 0 ? true : undefined,
      );
      const taken = "delete from recurrence.series_state where series_id = $1 returning *";
      const [row] = await asAdministrator(bed(), taken, series?.id);
      const stranger = randomUUID();
      await asAdministrator(bed(), "insert into task.user_counter (user_id, seq) values ($1, 0)", stranger);
      try {
        expect(await faults(bed(), projections)).toEqual([
          "1 active series are not known to recurrence as they are",
          "1 users are gone, and task was not told",
        ]);
      } finally {
        await asAdministrator(bed(), "delete from task.user_counter where user_id = $1", stranger);
        await putBack(bed(), "recurrence.series_state", row);
      }
      expect(await faults(bed(), projections)).toEqual([]);
    });

    it("names a key that is parked", async () => {
      await asAdministrator(
        bed(),
        `insert into audit.parked (consumer, topic, key, event_id, type, partition, record_offset, headers, reason,
          error_class, attempts) values ('audit', 'task.events', $1, $1, '', 0, 0, '{}', 'by hand', '', 3)`,
        "a-parked-key",
      );
      try {
        expect(await faults(bed(), parked)).toEqual([
          expect.stringContaining("audit holds back 1 events of 1 keys of task.events"),
        ]);
      } finally {
        await asAdministrator(bed(), "delete from audit.parked where key = $1", "a-parked-key");
      }
    });

    it("names an outbox with a stream that the broker refused, and how old its oldest event is", async () => {
      await asAdministrator(
        bed(),
        `insert into identity.outbox (id, stream_id, position, topic, key, headers, created_at, parked_at)
         values (uuidv7(), $1, 1, 'user.events', $1, '{}', now() - interval '5 minutes', now())`,
        "a-held-stream",
      );
      try {
        expect(await faults(bed(), outboxes)).toEqual([
          expect.stringContaining("1 streams of identity are held back"),
          expect.stringMatching(/1 events of identity wait for the broker, the oldest for 3\d\d s/),
        ]);
      } finally {
        await asAdministrator(bed(), "delete from identity.outbox where stream_id = $1", "a-held-stream");
      }
    });

    it("names a topic that is not as the catalogue wants it", async () => {
      const keepFor = (days: number) => setRetention(bed(), "user.events", days);
      await keepFor(1);
      try {
        const named = await eventually("the change of the topic", async () => {
          const found = await faults(bed(), topics);
          return found.length > 0 ? found : undefined;
        });
        expect(named).toEqual([expect.stringContaining("retention.ms of user.events is not 2592000000")]);
      } finally {
        await keepFor(30);
      }
    });

    it("names the certificates that have ended, of the authority and of every sidecar", async () => {
      await using system = await reach(bed().folder);
      const inTwoYears = () => new Date(Date.now() + 2 * 365 * 86_400_000);
      const found = await certificates.look({ ...system, now: inTwoYears });
      expect(found.map(({ level, what }) => `${level}: ${what}`).toSorted()).toEqual(
        [
          ...["ca.crt", "issuer.crt"].map((file) => `fault: ${file} of the mesh has ended`),
          ...appIds.map((app) => `fault: the certificate of ${app}'s sidecar has ended`),
        ].toSorted(),
      );
      expect(await faults(bed(), certificates)).toEqual([]);
    });

    it("names the consumer that is away, with how far it is behind", async () => {
      await bed().process("app:audit").stop();
      try {
        await change(user, 2, { recorded: false });
        await eventually("the lag", async () => {
          const found = await faults(bed(), lag);
          return found.some((what) => what.includes("audit is 2 records behind on task.events"))
            ? found
            : undefined;
        });
        // What was sent still counts as waiting until it is taken out of the outbox.
        const found = await eventually("the changes without an entry", async () => {
          const [missing] = await examineWith(bed(), recordings);
          return missing?.what.includes("2 changes") ? missing : undefined;
        });
        expect(found).toMatchObject({ level: "warning" });
        expect(await faults(bed(), processes)).toEqual(["app:audit does not run"]);
        expect(await faults(bed(), readiness)).toEqual(["audit is not ready"]);
      } finally {
        await bed().process("app:audit").start();
      }
      const checked = [lag, processes, readiness, recordings];
      const all = async () => (await Promise.all(checked.map((check) => faults(bed(), check)))).flat();
      // A sidecar looks for its app the more seldom the longer that was away.
      await eventually("a system at rest", async () => (await all()).length === 0 || undefined, 120_000);
    });
  });
}

async function change(user: User, tasks: number, o = { recorded: true }): Promise<void> {
  const ids: string[] = [];
  for (let n = 0; n < tasks; n++) {
    const { task } = await user
      .client(TaskService)
      .createTask({ title: "of the doctor's patient", tags: ["ill"] });
    ids.push(task?.id ?? "");
  }
  if (!o.recorded) return;
  for (const subject of ids)
    await eventually(
      "the entry",
      async () => (await user.client(AuditService).listEntries({ subject })).entries[0],
    );
}

/** The command itself, as `npm run doctor` runs it. */
function runDoctor(bed: Bed, ...args: string[]): Promise<{ code: number; output: string }> {
  const file = join(repository, "deploy/local/src/cli/doctor.ts");
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [file, "--data", bed.folder, ...args],
      { timeout: 120_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

async function examineWith(bed: Bed, check: Check): Promise<Named[]> {
  await using system = await reach(bed.folder);
  return await examine(system, () => undefined, [check]);
}

async function faults(bed: Bed, check: Check): Promise<string[]> {
  const found = await examineWith(bed, check);
  return found.filter(({ level }) => level === "fault").map(({ what }) => what);
}

async function setRetention(bed: Bed, topic: string, days: number): Promise<void> {
  const admin = new Kafka({ clientId: "test", ...clientOf(bed.kafka), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const configEntries = [
      { name: "cleanup.policy", value: "delete" },
      { name: "retention.ms", value: String(days * 86_400_000) },
    ];
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
    });
  } finally {
    await admin.disconnect();
  }
}
