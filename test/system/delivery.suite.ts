import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";
import { readTopic, type TopicRecord } from "./topic.ts";
import type { User } from "./user.ts";

const taskCount = 200;
const changesPerTask = 5;
const kills = 20;

/** Longer than all waits of a test together: hundreds of calls and many starts take long where much else runs. */
const timeout = 600_000;

/** No event is lost, doubled or out of order, whatever dies. */
export function deliverySuite(bed: () => Bed): void {
  describe("delivery", { timeout }, () => {
    it("keeps writes going while Kafka is away, and then delivers all of them in order per key [R059, R060, R070]", async () => {
      const user = await bed().signUp();
      await bed().process("kafka").stop();
      const ids = await changeManyTasks(user);
      expect((await fetch(`${bed().url}/health/ready`)).status).toBe(200);
      await bed().process("kafka").start();
      const records = await eventually(
        "all events on Kafka",
        () => eventsOf(bed(), user, taskCount * changesPerTask),
        240_000,
      );
      for (const id of ids)
        expect(titles(records, id)).toEqual(Array.from({ length: changesPerTask }, (_, i) => `change ${i}`));
      await eventually(
        "all entries in the audit log",
        () => chainOf(user, BigInt(taskCount * changesPerTask)),
        240_000,
      );
    });

    it("survives the death of the task service between commit and send, 20 times [R064, R070]", async () => {
      const user = await bed().signUp();
      const acknowledged: string[] = [];
      for (let i = 0; i < kills; i++) acknowledged.push(await createWhileDying(bed(), user, `survivor ${i}`));
      const records = await eventually("all events on Kafka", () => eventsOf(bed(), user, kills), 240_000);
      const created = records.filter((record) => record.event?.type === "todo.task.v1.TaskCreated");
      expect(new Set(created.map((record) => record.event?.subject))).toEqual(new Set(acknowledged));
      const chain = await eventually("one entry per event", () => chainOf(user, BigInt(kills)), 240_000);
      expect(chain).toEqual({ entries: BigInt(kills), intact: true });
    });
  });
}

async function changeManyTasks(user: User): Promise<string[]> {
  const tasks = user.client(TaskService);
  const ids: string[] = [];
  for (let n = 0; n < taskCount; n++) {
    const { task } = await tasks.createTask({ title: "change 0" });
    ids.push(task?.id ?? "");
  }
  for (let i = 1; i < changesPerTask; i++) {
    for (const id of ids)
      await tasks.updateTask({ id, title: `change ${i}`, updateMask: { paths: ["title"] } });
  }
  return ids;
}

/** Creates a task while the service dies right after the commit. The `request_id` makes the repetition safe. */
async function createWhileDying(bed: Bed, user: User, title: string): Promise<string> {
  const request = { title, requestId: crypto.randomUUID() };
  const create = async () =>
    (await user.client(TaskService).createTask(request, { timeoutMs: 10_000 })).task?.id;
  const task = bed.process("app:task");
  const died = task.exited();
  bed.armFailpoint("task", "relay.before-send=kill");
  const first = await create().catch(() => undefined);
  expect(await died).toMatchObject({ signal: "SIGKILL" });
  bed.disarmFailpoints("task");
  await task.start();
  const second = await eventually("an acknowledged write", create);
  expect([undefined, second]).toContain(first);
  return second;
}

async function eventsOf(bed: Bed, user: User, count: number): Promise<TopicRecord[] | undefined> {
  const records = await readTopic(bed.kafka, "task.events");
  const unique = new Map<string, TopicRecord>();
  for (const record of records) {
    if (record.event?.data.context?.userId === user.id && !unique.has(record.event.id))
      unique.set(record.event.id, record);
  }
  return unique.size >= count ? [...unique.values()] : undefined;
}

function titles(records: readonly TopicRecord[], id: string): (string | undefined)[] {
  return records
    .filter((record) => record.event?.subject === id)
    .map((record) => record.event?.data.task?.title);
}

/** The user's chain once it holds at least `count` entries about tasks; nothing may come on top of them. */
async function chainOf(user: User, count: bigint): Promise<{ entries: bigint; intact: boolean } | undefined> {
  const { intact } = await user.client(AuditService).verifyChain({});
  const entries = await countTaskEntries(user);
  return entries >= count ? { entries, intact } : undefined;
}

async function countTaskEntries(user: User): Promise<bigint> {
  let [count, pageToken] = [0n, ""];
  do {
    const page = await user.client(AuditService).listEntries({ pageSize: 100, pageToken });
    count += BigInt(page.entries.filter((entry) => entry.type.startsWith("todo.task.v1.")).length);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return count;
}
