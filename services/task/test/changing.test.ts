import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@todo/proto/google/rpc/error_details";
import { Priority, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Bed,
  count,
  createTask,
  failureOf,
  newUser,
  reasonOfFailure,
  required,
  startBed,
  type TaskClient,
  TaskSchema,
} from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

const dueMarch = { kind: { case: "allDay", value: "2026-03-02" } } as const;
const paths = ["title", "description", "priority", "tags", "due", "subtask_of"];

describe("UpdateTask", () => {
  it("changes the fields of the mask and no others [R001] [R003] [R005]", async () => {
    const client = bed.as(newUser());
    const before = await createTask(client, { description: "two liters", tags: ["a"], due: dueMarch });
    bed.clock.advance(1_000);
    const request = { id: before.id, title: "Buy bread", description: "ignored", priority: Priority.HIGH };
    const { task, userSeq } = await client.updateTask({
      ...request,
      updateMask: { paths: ["title", "priority"] },
    });
    expect(userSeq).toBe(2n);
    expect(task).toMatchObject({
      title: "Buy bread",
      description: "two liters",
      priority: Priority.HIGH,
      tags: ["a"],
      due: dueMarch,
      userSeq: 2n,
    });
    expect(task?.etag).not.toBe(before.etag);
    expect(timestampDate(required(task?.updateTime))).toEqual(bed.clock.now());
    expect(task?.createTime).toEqual(before.createTime);
    expect((await client.getTask({ id: before.id })).task).toEqual(task);
  });

  it("refuses a mask that names a part of a field, and changes nothing", async () => {
    const client = bed.as(newUser());
    const before = await createTask(client, { due: dueMarch });
    const request = { id: before.id, updateMask: { paths: ["due.all_day"] } };
    const error = await client.updateTask(request).then(() => undefined, ConnectError.from);
    expect(error?.rawMessage).toMatch(/^update_mask must name fields of .*: did you mean due\?$/);
    expect((await client.getTask({ id: before.id })).task).toEqual(before);
  });

  it("clears a field that is named and not set", async () => {
    const client = bed.as(newUser());
    const parent = await createTask(client);
    const full = {
      description: "x",
      priority: Priority.LOW,
      tags: ["a"],
      due: dueMarch,
      subtaskOf: parent.id,
    };
    const { id } = await createTask(client, full);
    const { task } = await client.updateTask({ id, updateMask: { paths: paths.slice(1) } });
    expect(task).toMatchObject({ description: "", priority: Priority.MEDIUM, tags: [], subtaskOf: "" });
    expect(task?.due).toBeUndefined();
    const error = await failureOf(client.updateTask({ id, updateMask: { paths: ["title"] } }));
    expect(error.code).toBe(Code.InvalidArgument);
  });

  it.each<[what: string, change: Parameters<TaskClient["updateTask"]>[0]]>([
    [
      "with the values that are there",
      { updateMask: { paths }, title: "Buy milk", tags: ["a"], due: dueMarch },
    ],
    ["with an empty mask", { updateMask: { paths: [] }, title: "other" }],
  ])("publishes nothing and keeps the etag %s", async (_, change) => {
    const userId = newUser();
    const client = bed.as(userId);
    const before = await createTask(client, { tags: ["a"], due: dueMarch });
    await bed.app.relay?.drained();
    const published = bed.publisher.records.length;
    bed.clock.advance(1_000);
    const answer = await client.updateTask({ ...change, id: before.id, etag: before.etag });
    expect(answer).toMatchObject({ task: before, userSeq: 1n });
    await bed.app.relay?.drained();
    expect(bed.publisher.records.length).toBe(published);
    expect(await count(bed.admin, "feed", userId)).toBe(1);
  });

  it("goes through if other fields changed since the etag [R001]", async () => {
    const client = bed.as(newUser());
    const { id, etag } = await createTask(client);
    await client.updateTask({ id, etag, updateMask: { paths: ["title"] }, title: "Buy bread" });
    await client.completeTask({ id });
    const { task } = await client.updateTask({ id, etag, updateMask: { paths: ["tags"] }, tags: ["a"] });
    expect(task).toMatchObject({ title: "Buy bread", tags: ["a"], status: TaskStatus.COMPLETED });
  });

  it("is refused with the current task if a field of the mask changed since the etag", async () => {
    const client = bed.as(newUser());
    const { id, etag } = await createTask(client);
    await client.updateTask({
      id,
      updateMask: { paths: ["title", "tags"] },
      title: "Buy bread",
      tags: ["a"],
    });
    const current = (await client.getTask({ id })).task;
    const change = { title: "Buy cheese", description: "x", tags: ["b"] };
    const error = await failureOf(
      client.updateTask({ id, etag, updateMask: { paths: ["title", "description", "tags"] }, ...change }),
    );
    expect(error.code).toBe(Code.Aborted);
    expect(error.findDetails(ErrorInfoSchema)[0]).toMatchObject({
      reason: "TASK_CHANGED",
      metadata: { fields: "tags,title", etag: current?.etag },
    });
    expect(error.findDetails(TaskSchema)).toEqual([current]);
    expect((await client.getTask({ id })).task).toEqual(current);
  });

  it("lets two concurrent updates of different fields through, and one of two of the same field", async () => {
    const other = await bed.startAnother();
    for (let round = 0; round < 10; round++) {
      const userId = newUser();
      const [one, two] = [bed.as(userId), bed.as(userId, {}, round % 2 === 0 ? bed.app : other)];
      const { id, etag } = await createTask(one);
      const outcomes = await Promise.allSettled([
        one.updateTask({ id, etag, updateMask: { paths: ["title"] }, title: "one" }),
        two.updateTask({ id, etag, updateMask: { paths: ["description"] }, description: "two" }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
      const { task } = await one.getTask({ id });
      expect(task).toMatchObject({ title: "one", description: "two" });
      const same = { id, etag: required(task).etag, updateMask: { paths: ["title"] } };
      const rivals = await Promise.allSettled([
        one.updateTask({ ...same, title: "first" }),
        two.updateTask({ ...same, title: "second" }),
      ]);
      expect(rivals.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    }
  });

  it("lets the last write win without an etag", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client);
    const titles = ["a", "b", "c", "d"];
    await Promise.all(
      titles.map((title) => client.updateTask({ id, updateMask: { paths: ["title"] }, title })),
    );
    const { task } = await client.getTask({ id });
    expect(titles).toContain(task?.title);
    expect(task?.userSeq).toBe(5n);
  });

  it("refuses an etag of another task and one of a version that never was", async () => {
    const client = bed.as(newUser());
    const [task, other] = [await createTask(client), await createTask(client)];
    const update = (etag: string) =>
      client.updateTask({ id: task.id, etag, updateMask: { paths: ["title"] }, title: "x" });
    expect(await reasonOfFailure(update(other.etag))).toBe("ETAG_INVALID");
    const bytes = Buffer.from(task.etag, "base64url");
    bytes.writeUInt32BE(99, 7);
    expect(await reasonOfFailure(update(bytes.toString("base64url")))).toBe("ETAG_INVALID");
  });
});

describe("CompleteTask and ReopenTask", () => {
  it("keep the first completion time, and forget it [R001]", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client);
    const first = await client.completeTask({ id });
    expect(first.task).toMatchObject({ status: TaskStatus.COMPLETED, userSeq: 2n });
    expect(timestampDate(required(first.task?.completeTime))).toEqual(bed.clock.now());
    bed.clock.advance(60_000);
    expect(await client.completeTask({ id })).toEqual({ ...first, undoToken: "" });
    const reopened = await client.reopenTask({ id });
    expect(reopened.task).toMatchObject({ status: TaskStatus.OPEN, userSeq: 3n });
    expect(reopened.task?.completeTime).toBeUndefined();
    expect(await client.reopenTask({ id })).toEqual({ ...reopened, undoToken: "" });
  });

  it("are refused if anything changed since the etag", async () => {
    const client = bed.as(newUser());
    const { id, etag } = await createTask(client);
    const { task } = await client.updateTask({ id, updateMask: { paths: ["title"] }, title: "x" });
    expect(await reasonOfFailure(client.completeTask({ id, etag }))).toBe("TASK_CHANGED");
    await client.completeTask({ id, etag: required(task).etag });
    const error = await failureOf(client.reopenTask({ id, etag: required(task).etag }));
    expect(error.code).toBe(Code.Aborted);
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata).toMatchObject({ fields: "status" });
  });
});

describe("DeleteTask and RestoreTask", () => {
  it("put a task in the trash for 30 days and take it out again [R001]", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client);
    await client.completeTask({ id });
    const now = bed.clock.now();
    const deleted = await client.deleteTask({ id });
    expect(timestampDate(required(deleted.task?.deleteTime))).toEqual(now);
    expect(timestampDate(required(deleted.task?.purgeTime))).toEqual(
      new Date(now.getTime() + 30 * 86_400_000),
    );
    bed.clock.advance(60_000);
    expect(await client.deleteTask({ id })).toEqual({ ...deleted, undoToken: "" });
    expect((await client.getTask({ id })).task).toEqual(deleted.task);
    const restored = await client.restoreTask({ id });
    expect(restored.task).toMatchObject({ status: TaskStatus.COMPLETED, userSeq: 4n });
    expect([restored.task?.deleteTime, restored.task?.purgeTime]).toEqual([undefined, undefined]);
    expect(await client.restoreTask({ id })).toEqual({ ...restored, undoToken: "" });
  });

  it("let nothing else change a task in the trash", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client);
    await client.deleteTask({ id });
    const calls = [
      () => client.updateTask({ id, updateMask: { paths: ["title"] }, title: "x" }),
      () => client.completeTask({ id }),
      () => client.reopenTask({ id }),
    ];
    for (const call of calls) {
      const error = await failureOf(call());
      expect(error.code).toBe(Code.FailedPrecondition);
      expect(error.findDetails(ErrorInfoSchema)[0]).toMatchObject({
        reason: "TASK_DELETED",
        metadata: { id },
      });
    }
  });

  it("are refused if anything changed since the etag", async () => {
    const client = bed.as(newUser());
    const { id, etag } = await createTask(client);
    await client.completeTask({ id });
    expect(await reasonOfFailure(client.deleteTask({ id, etag }))).toBe("TASK_CHANGED");
    expect(await reasonOfFailure(client.restoreTask({ id, etag }))).toBe("TASK_CHANGED");
  });
});
