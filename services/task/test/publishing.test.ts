import { fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { eventRegistry, topics } from "@todo/kit/event-catalogue";
import { assertValid } from "@todo/kit/grpc/validate";
import { partitionOf } from "@todo/kit/partition";
import { RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import { Actor_Kind } from "@todo/proto/todo/identity/v1/actor";
import { TaskSchema } from "@todo/proto/todo/task/v1/task";
import { TaskStateSchema, TaskUpdatedSchema } from "@todo/proto/todo/task/v1/task_event";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Bed,
  count,
  createTask,
  failureOf,
  newRequestId,
  newUser,
  required,
  startBed,
  until,
} from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

const ofUser = (userId: string) => (event: JsonObject) => event["userid"] === userId;

async function published(topic: string, userId: string): Promise<JsonObject[]> {
  await bed.app.relay?.drained();
  return bed.publisher.events(topic).filter(ofUser(userId));
}

function dataOf(event: JsonObject | undefined): JsonValue {
  return required(event)["data"] ?? null;
}

describe("every change", () => {
  it("publishes one fact with the whole task, and what the task is now [R045] [R059]", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    const { id } = await createTask(client, { description: "two liters", tags: ["a"] });
    const steps = [
      () => client.getTask({ id }),
      () => client.updateTask({ id, updateMask: { paths: ["title", "due"] }, title: "x" }),
      () => client.completeTask({ id }),
      () => client.reopenTask({ id }),
      () => client.deleteTask({ id }),
      () => client.restoreTask({ id }),
    ];
    const want = [];
    for (const step of steps) {
      bed.clock.advance(1_000);
      want.push(required((await step()).task));
    }
    const [facts, states] = [await published("task.events", userId), await published("task.state", userId)];
    expect(facts.map(({ type }) => type)).toEqual(
      ["Created", "Updated", "Completed", "Reopened", "Deleted", "Restored"].map(
        (n) => `todo.task.v1.Task${n}`,
      ),
    );
    expect(states.map(({ type }) => type)).toEqual(want.map(() => "todo.task.v1.TaskState"));
    for (const [index, task] of want.entries()) {
      const { task: inFact } = dataOf(facts[index]) as { task: JsonValue };
      expect(fromJson(TaskSchema, inFact)).toEqual(task);
      expect(fromJson(TaskStateSchema, dataOf(states[index]))).toMatchObject({ userId, task });
      expect(facts[index]).toMatchObject({
        source: "/services/task",
        subject: id,
        sequence: String(task.userSeq),
        time: timestampDate(required(task.updateTime)).toISOString(),
      });
    }
    expect(fromJson(TaskUpdatedSchema, dataOf(facts[1])).changedFields).toEqual(["title"]);
  });

  it("publishes messages of the catalogue that keep their rules, by the key of their topic", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    const first = await createTask(client, { title: "🥛".repeat(200), description: "\n".repeat(10_000) });
    await client.deleteTask({ id: first.id });
    await bed.app.relay?.drained();
    for (const record of bed.publisher.records) {
      const event = JSON.parse(Buffer.from(required(record.value ?? undefined)).toString());
      const desc = required(eventRegistry.getMessage(event.type));
      const topic = required(topics.find(({ name }) => name === record.topic));
      expect(topic.events).toContain(desc);
      expect(topic.producers).toContain("task");
      assertValid(desc, fromJson(desc, event.data));
      expect(record.partition).toBe(partitionOf(record.key));
      if (topic.key !== "user_id") expect(record.key).toBe(event.subject);
    }
  });

  it("says who made it, through which app and by which call", async () => {
    const userId = newUser();
    const requestId = newRequestId();
    await bed.as(userId, { actor: "agent" }).createTask({ title: "x", requestId });
    const [fact] = await published("task.events", userId);
    expect(
      fromJson(required(eventRegistry.getMessage("todo.task.v1.TaskCreated")), dataOf(fact)),
    ).toMatchObject({
      context: { userId, userSeq: 1n, actor: { kind: Actor_Kind.AGENT, app: "gateway" }, requestId },
    });
  });

  it("keeps the order of a task's events under parallel writes", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    const { id } = await createTask(client);
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        client.updateTask({ id, updateMask: { paths: ["title"] }, title: `title ${n}` }),
      ),
    );
    const numbers = (await published("task.events", userId)).map(({ sequence }) => Number(sequence));
    expect(numbers).toEqual(Array.from({ length: 41 }, (_, n) => n + 1));
  });
});

describe("a broker that is away", () => {
  it("does not hold up writes, and gets everything in order when it is back [R060]", async () => {
    await using own = await startBed();
    own.publisher.before = () => {
      throw new Error("away");
    };
    const userId = newUser();
    const client = own.as(userId);
    const { id } = await createTask(client);
    await client.completeTask({ id });
    await client.reopenTask({ id });
    expect(own.publisher.records).toEqual([]);
    own.publisher.before = () => {};
    await until(() => own.publisher.events("task.events").length === 3);
    expect(own.publisher.events("task.events").map(({ sequence }) => sequence)).toEqual(["1", "2", "3"]);
  });

  it("makes writes stop, and only writes, once too much waits for it", async () => {
    await using own = await startBed({ outboxCap: 6 });
    const broker = Promise.withResolvers<void>();
    own.publisher.before = () => broker.promise;
    const userId = newUser();
    const client = own.as(userId);
    for (let n = 0; n < 3; n++) await createTask(client);
    await until(() => (own.app.relay?.depth() ?? 0) >= 6);
    const error = await failureOf(client.createTask({ title: "one too many" }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.findDetails(RetryInfoSchema)[0]?.retryDelay).toMatchObject({ seconds: 5n });
    expect((await client.listTasks({})).tasks).toHaveLength(3);
    expect(await count(own.admin, "task", userId)).toBe(3);
    broker.resolve();
    await until(async () => (await client.createTask({ title: "x" }).catch(() => undefined)) !== undefined);
  });
});

describe("a write that fails half-way", () => {
  it.each(["task", "feed", "answer", "outbox"])("leaves nothing behind: %s", async (table) => {
    await using own = await startBed();
    const userId = newUser();
    const client = own.as(userId);
    const { id } = await createTask(client);
    await own.app.relay?.drained();
    const rows = async () =>
      Promise.all(
        ["task", "feed", "answer", "user_counter"]
          .map((name) => count(own.admin, name, userId))
          .concat(count(own.admin, "outbox")),
      );
    const before = await rows();
    await own.admin.query(`create function task.fail() returns trigger language plpgsql as
      $$ begin raise exception 'failed with a secret'; end $$`);
    await own.admin.query(
      `create trigger fail before insert or update on task.${table} for each row execute function task.fail()`,
    );
    const requestId = newRequestId();
    for (const call of [
      () => client.createTask({ title: "x", requestId }),
      () => client.completeTask({ id, requestId }),
    ]) {
      const error = await failureOf(call());
      expect(error.code).toBe(Code.Internal);
      expect(error.rawMessage).toBe("internal error");
    }
    expect(await rows()).toEqual(before);
    await own.admin.query(`drop trigger fail on task.${table}`);
    expect((await client.completeTask({ id, requestId })).userSeq).toBe(2n);
  });
});
