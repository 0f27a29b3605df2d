import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { type DueSchema, Priority, TaskStatus } from "@todo/proto/todo/task/v1/task";
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
} from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

describe("a task that is made", () => {
  it("has a place, a version and the defaults of what was not said [R001] [R003]", async () => {
    const client = bed.as(newUser());
    const answer = await client.createTask({ title: "Buy milk" });
    expect(answer.userSeq).toBe(1n);
    expect(answer.task).toMatchObject({
      title: "Buy milk",
      description: "",
      priority: Priority.MEDIUM,
      tags: [],
      status: TaskStatus.OPEN,
      streamId: answer.task?.id,
      subtaskOf: "",
      isRecurring: false,
      userSeq: 1n,
    });
    const { createTime, updateTime, due, completeTime, deleteTime, purgeTime } = required(answer.task);
    expect(timestampDate(required(createTime))).toEqual(bed.clock.now());
    expect(updateTime).toEqual(createTime);
    expect([due, completeTime, deleteTime, purgeTime]).toEqual([undefined, undefined, undefined, undefined]);
    expect(answer.task?.etag).not.toBe("");
  });

  it("can be read again exactly as it was answered [R001] [R003] [R005]", async () => {
    const client = bed.as(newUser());
    const parent = await createTask(client);
    const task = await createTask(client, {
      title: "  Milch 🥛 & \"Brot\" \\ 牛乳 'x'; drop table task; -- ",
      description: "two\nliters\tof $1 \u2028 %s {} 👩‍👩‍👧",
      priority: Priority.VERY_IMPORTANT,
      tags: ["Work", "{a}", '"q"', "ünï", "null", "\\"],
      due: { kind: { case: "zoned", value: { time: { seconds: 1_772_359_200n }, tzid: "Europe/Berlin" } } },
      subtaskOf: parent.id.toUpperCase(),
    });
    expect(task.subtaskOf).toBe(parent.id);
    const { task: read } = await client.getTask({ id: task.id });
    expect(read).toEqual(task);
    expect((await client.getTask({ id: task.id.toUpperCase() })).task).toEqual(task);
  });

  it.each<[kind: string, due: MessageInitShape<typeof DueSchema>]>([
    ["all day", { kind: { case: "allDay", value: "2028-02-29" } }],
    ["all day, long ago", { kind: { case: "allDay", value: "0001-01-01" } }],
    ["all day, far away", { kind: { case: "allDay", value: "9999-12-31" } }],
    ["floating", { kind: { case: "floating", value: "2026-03-29T02:30:00" } }],
    ["zoned", { kind: { case: "zoned", value: { time: { seconds: 1n }, tzid: "America/New_York" } } }],
    [
      "zoned, before 1900",
      { kind: { case: "zoned", value: { time: { seconds: -3_000_000_001n }, tzid: "UTC" } } },
    ],
  ])("keeps its due date as it was said: %s", async (_, due) => {
    const client = bed.as(newUser());
    const task = await createTask(client, { due });
    expect(task.due).toMatchObject(due);
    expect((await client.getTask({ id: task.id })).task?.due).toEqual(task.due);
  });

  it("is due to the second", async () => {
    const time = { seconds: 1_772_359_200n, nanos: 999_999_999 };
    const task = await createTask(bed.as(newUser()), {
      due: { kind: { case: "zoned", value: { time, tzid: "UTC" } } },
    });
    expect(task.due?.kind.value).toMatchObject({ time: { seconds: 1_772_359_200n, nanos: 0 } });
  });

  it("may have the longest title, description and tags that there are", async () => {
    const client = bed.as(newUser());
    const task = await createTask(client, {
      title: "🥛".repeat(200),
      description: "ß".repeat(10_000),
      tags: Array.from({ length: 20 }, (_, index) => `${"字".repeat(48)}${index + 10}`),
    });
    expect((await client.getTask({ id: task.id })).task).toEqual(task);
  });

  it("leaves nothing behind if it is refused", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    const error = await failureOf(client.createTask({ title: "x".repeat(100_000) }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(await reasonOfFailure(client.createTask({ title: "x", subtaskOf: newUser() }))).toBe(
      "PARENT_INVALID",
    );
    for (const table of ["task", "feed", "answer", "user_counter"]) {
      expect(await count(bed.admin, table, userId)).toBe(0);
    }
    expect((await client.createTask({ title: "x" })).userSeq).toBe(1n);
  });
});

describe("a part of a task", () => {
  it("belongs to a task that is there and not in the trash", async () => {
    const client = bed.as(newUser());
    const parent = await createTask(client);
    expect((await createTask(client, { subtaskOf: parent.id })).subtaskOf).toBe(parent.id);
    await client.deleteTask({ id: parent.id });
    const error = await failureOf(client.createTask({ title: "x", subtaskOf: parent.id }));
    expect(error.code).toBe(Code.FailedPrecondition);
    expect(await reasonOfFailure(client.createTask({ title: "x", subtaskOf: parent.id }))).toBe(
      "PARENT_INVALID",
    );
  });

  it("cannot hold what it is a part of, nor itself", async () => {
    const client = bed.as(newUser());
    const top = await createTask(client, { title: "top" });
    const middle = await createTask(client, { title: "middle", subtaskOf: top.id });
    const bottom = await createTask(client, { title: "bottom", subtaskOf: middle.id });
    const move = (id: string, subtaskOf: string) =>
      client.updateTask({ id, updateMask: { paths: ["subtask_of"] }, subtaskOf });
    expect(await reasonOfFailure(move(top.id, top.id))).toBe("PARENT_INVALID");
    expect(await reasonOfFailure(move(top.id, bottom.id))).toBe("PARENT_INVALID");
    expect((await move(bottom.id, top.id)).task?.subtaskOf).toBe(top.id);
    expect((await move(bottom.id, "")).task?.subtaskOf).toBe("");
    expect((await move(top.id, bottom.id)).task?.subtaskOf).toBe(bottom.id);
  });

  it("does not make a ring, even if two moves meet", async () => {
    const userId = newUser();
    const [client, other] = [bed.as(userId), bed.as(userId, {}, await bed.startAnother())];
    const [a, b] = [await createTask(client, { title: "a" }), await createTask(client, { title: "b" })];
    const move = (by: TaskClient, id: string, subtaskOf: string) =>
      by.updateTask({ id, updateMask: { paths: ["subtask_of"] }, subtaskOf }).then(
        () => "moved",
        () => "refused",
      );
    const outcomes = await Promise.all([move(client, a.id, b.id), move(other, b.id, a.id)]);
    expect(outcomes.sort()).toEqual(["moved", "refused"]);
  });

  it("can be no deeper than 32 levels", async () => {
    const client = bed.as(newUser());
    let parent = await createTask(client);
    for (let depth = 1; depth <= 32; depth++) parent = await createTask(client, { subtaskOf: parent.id });
    expect(await reasonOfFailure(client.createTask({ title: "x", subtaskOf: parent.id }))).toBe(
      "PARENT_INVALID",
    );
  });
});
