import { randomUUID } from "node:crypto";
import { clientOf } from "@todo/kit/kafka-connection";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { AccountService } from "@todo/proto/todo/identity/v1/account_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { Kafka, logLevel } from "kafkajs";
import { afterEach, describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventsCommand, eventsJson } from "./events-command.ts";
import { eventually } from "./eventually.ts";
import { atRest } from "./rest.ts";
import type { User } from "./user.ts";

interface Parked {
  readonly topic: string;
  readonly eventId: string;
  readonly type: string;
}

interface Letter {
  readonly id: string;
  readonly source: string;
  readonly topic: string;
  readonly key: string;
  readonly offset: string;
  readonly eventId: string;
}

/** What did not arrive is kept, seen by operators, and arrives after all. */
export function deadLettersSuite(bed: () => Bed): void {
  describe("events that do not arrive", () => {
    afterEach(() => {
      for (const app of ["audit", "task"] as const) bed().disarmFailpoints(app);
    });

    it("wait by key, and an operator runs them again in order once their consumer is repaired [R066, R160]", async () => {
      const { folder } = bed();
      const user = await bed().signUp();
      // Whatever else was on its way to the log would be parked as well, and stay so.
      await atRest(bed());
      bed().armFailpoint("audit", "subscriber.before-effect=throw");
      const tasks = user.client(TaskService);
      const { task } = await tasks.createTask({ title: "Nobody else reads this" });
      const [id, key] = [task?.id ?? "", task?.streamId ?? ""];
      await tasks.updateTask({ id, title: "Nor this", updateMask: { paths: ["title"] } });
      await tasks.completeTask({ id });
      const waiting = await eventually("three parked events", async () => {
        const all = await eventsJson<Parked[]>(folder, "parked", "audit", key);
        const ofTask = all.filter(({ topic }) => topic === "task.events");
        return ofTask.length === 3 ? ofTask : undefined;
      });
      expect(waiting.map(({ type }) => type.split(".").at(-1))).toEqual([
        "TaskCreated",
        "TaskUpdated",
        "TaskCompleted",
      ]);
      const eventId = waiting[0]?.eventId ?? "";

      const shown = await eventsCommand(folder, "show", eventId);
      expect(shown).toMatchObject({ code: 0, out: expect.stringContaining(`"userid": "${user.id}"`) });
      expect(shown.out).not.toContain("Nobody else");
      expect(await eventsCommand(folder, "redrive", "audit", key)).toMatchObject({
        code: 3,
        out: expect.stringContaining(`Stopped by ${eventId}: Error at failpoint.ts`),
      });

      bed().disarmFailpoints("audit");
      const rehearsal = await eventsCommand(folder, "redrive", "audit", key, "--dry-run");
      expect(rehearsal).toMatchObject({
        code: 0,
        out: expect.stringMatching(/took everything back; 0 would wait/),
      });
      expect(await user.client(AuditService).listEntries({ subject: id })).toMatchObject({ entries: [] });
      expect(await eventsCommand(folder, "redrive", "audit", key)).toMatchObject({ code: 0 });
      const { entries } = await user.client(AuditService).listEntries({ subject: id });
      expect(entries.map((entry) => entry.eventId)).toEqual(waiting.map((one) => one.eventId).reverse());
      expect(await user.client(AuditService).verifyChain({})).toMatchObject({ intact: true });

      const acts = await eventually("every act in the log of the user", async () => {
        // While the log was broken, its lines about the operator were parked too, under the user's own key.
        await eventsCommand(folder, "redrive", "audit", user.id);
        const found = await actsOn(user, key, eventId);
        return found.length >= 4 ? found : undefined;
      });
      expect(
        acts.map(({ method, dryRun }) => `${method.split("/").at(-1)} ${dryRun === true}`).sort(),
      ).toEqual(["RedriveKey false", "RedriveKey false", "RedriveKey true", "ShowEvent false"]);
      const letters = await eventually("the dead letter", async () => {
        const all = await eventsJson<Letter[]>(folder, "dead", "audit", "--topic", "task.events");
        const mine = all.filter((letter) => letter.key === key);
        return mine.length > 0 ? mine : undefined;
      });
      expect(letters).toMatchObject([{ source: "/services/audit", eventId }]);
    });

    it("wait at every consumer on its own, and are redriven there over the mesh [R063, R066]", async () => {
      const { folder } = bed();
      const user = await bed().signUp();
      await atRest(bed());
      bed().armFailpoint("task", "subscriber.before-effect=throw");
      await user.client(AccountService).eraseAccount({ password: user.password });
      const [waiting] = await eventually("a parked event", async () => {
        const parked = await eventsJson<Parked[]>(folder, "parked", "task", user.id);
        return parked.length > 0 ? parked : undefined;
      });
      expect(waiting).toMatchObject({ topic: "user.events", type: "todo.identity.v1.UserErased" });
      bed().disarmFailpoints("task");
      const shown = await eventsCommand(folder, "show", waiting?.eventId ?? "");
      expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/^task\s+user\.events/m) });
      const redriven = await eventsCommand(folder, "redrive", "task", user.id);
      expect(redriven).toMatchObject({ code: 0, out: "Ran 1 event; 0 wait.\n" });
      expect(await eventsJson<Parked[]>(folder, "parked", "task", user.id)).toEqual([]);
    });

    it("are kept and shown if nobody can read them, and hold up nothing [R066]", async () => {
      const { folder } = bed();
      const key = randomUUID();
      const values = ['{"torn', '{"hello":"world"}'];
      await poison(
        bed(),
        values.map((value) => ({ key, value, partition: 0 })),
      );
      const letters = await eventually("both dead letters", async () => {
        const all = await eventsJson<Letter[]>(folder, "dead", "audit", "--limit", "1000");
        const mine = all.filter((letter) => letter.key === key);
        // As they lie on the topic: they are given up one by one, on topics of several partitions.
        return mine.length >= 2 ? mine.toSorted((a, b) => Number(a.offset) - Number(b.offset)) : undefined;
      });
      expect(letters.map(({ source, topic }) => `${source} ${topic}`)).toEqual([
        "/sidecars/audit task.events",
        "/sidecars/audit task.events",
      ]);
      const shown = await Promise.all(letters.map(({ id }) => eventsCommand(folder, "show", id)));
      expect(shown.map(({ code }) => code)).toEqual([0, 0]);
      expect(shown[0]?.out).toContain("Nobody can read it: the record is not JSON.");
      expect(shown[1]?.out).toContain('"hello": "world"');
      const again = await eventsCommand(folder, "redrive", letters[0]?.id ?? "");
      expect(again).toMatchObject({ code: 3, out: "audit still cannot read it.\n" });
      await eventually("no lag", async () => {
        const { lags } = await eventsJson<{ lags: { topic: string; lag: string }[] }>(folder, "lag");
        return lags.every(({ lag }) => lag === "0") ? true : undefined;
      });
    });

    it("may be a thousand, and everybody else's arrive all the same [R066, R070]", async () => {
      const { folder } = bed();
      const [user, run] = [await bed().signUp(), randomUUID()];
      const all = Array.from({ length: poisonCount }, (_, n) => ({
        key: `${run}-${n}`,
        value: n % 2 === 0 ? `{"torn": ${n}` : JSON.stringify({ ...unknownEvent, id: `${run}-${n}` }),
        partition: n % 12,
      }));
      const [ids] = await Promise.all([createTasks(user, 60), poison(bed(), all)]);
      await eventually("an entry for every task", async () => {
        const { entries } = await user
          .client(AuditService)
          .listEntries({ pageSize: 100, type: "todo.task.v1.TaskCreated" });
        return entries.length === ids.length ? true : undefined;
      });
      const letters = await eventually(
        "a dead letter for every poison event",
        async () => {
          const found = await eventsJson<Letter[]>(folder, "dead", "audit", "--limit", `${2 * poisonCount}`);
          const mine = found.filter((letter) => letter.key.startsWith(run));
          return mine.length >= poisonCount ? mine : undefined;
        },
        120_000,
      );
      expect(letters.map((letter) => letter.key).sort()).toEqual(all.map((one) => one.key).sort());
      expect(await user.client(AuditService).verifyChain({})).toMatchObject({ intact: true });
    });

    it("are no business of anybody who is not an operator", async () => {
      const call = (path: string) =>
        fetch(`${bed().url}/todo.audit.v1.EventAdminService/${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: "{}",
        });
      expect((await call("ListParked")).status).toBe(404);
      expect((await call("RedriveKey")).status).toBe(404);
    });
  });
}

const poisonCount = 1_000;

const unknownEvent = {
  specversion: "1.0",
  source: "/services/task",
  type: "todo.task.v9.TaskForgotten",
  datacontenttype: "application/json",
  data: {},
};

/** Puts records on task.events as they are. */
async function poison(
  bed: Bed,
  messages: { key: string; value: string; partition: number }[],
): Promise<void> {
  const producer = new Kafka({ ...clientOf(bed.kafka), logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  try {
    await producer.send({ topic: "task.events", messages });
  } finally {
    await producer.disconnect();
  }
}

async function createTasks(user: User, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { task } = await user.client(TaskService).createTask({ title: `unharmed ${n}` });
    ids.push(task?.id ?? "");
  }
  return ids;
}

interface Act {
  readonly method: string;
  readonly key?: string;
  readonly eventId: string;
  readonly dryRun?: boolean;
}

/** What operators did with the events of a key, or with one event, by the log of its user. */
async function actsOn(user: User, key: string, eventId: string): Promise<Act[]> {
  const type = "todo.audit.v1.OperatorActed";
  const { entries } = await user.client(AuditService).listEntries({ type });
  const acts = entries.map(({ dataJson }) => JSON.parse(dataJson) as Act);
  return acts.filter((act) => act.key === key || (act.key === undefined && act.eventId === eventId));
}
