import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, count, createTask, newUser, reasonOfFailure, startBed, until } from "./fixture.ts";

const dayMs = 24 * 60 * 60 * 1_000;

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({ purgeMs: 100, answerSweepMs: 100 });
});
afterAll(() => bed[Symbol.asyncDispose]());

const published = (topic: string, userId: string) =>
  bed.publisher.events(topic).filter((event) => event["userid"] === userId);

describe("the trash", () => {
  it("is emptied of what lay in it for 30 days, and of nothing else", async () => {
    const user = newUser();
    const client = bed.as(user);
    const [old, young, kept] = [await createTask(client), await createTask(client), await createTask(client)];
    await client.deleteTask({ id: old.id });
    bed.clock.advance(29 * dayMs);
    await client.deleteTask({ id: young.id });
    bed.clock.advance(dayMs + 1);
    await until(async () => (await count(bed.admin, "task", user)) === 2);
    expect(await reasonOfFailure(client.getTask({ id: old.id }))).toBe("TASK_NOT_FOUND");
    expect((await client.getTask({ id: young.id })).task?.deleteTime).toBeDefined();
    expect((await client.getTask({ id: kept.id })).task).toEqual(kept);
  });

  it("tells of each task that left it: a change, an event, and a tombstone for its state", async () => {
    const user = newUser();
    const client = bed.as(user);
    const { id } = await createTask(client);
    await client.deleteTask({ id });
    bed.clock.advance(30 * dayMs);
    await until(async () => (await count(bed.admin, "task", user)) === 0);
    const { changes } = await client.listChanges({ cursor: 2n });
    expect(changes).toMatchObject([{ userSeq: 3n, type: "todo.task.v1.TaskPurged", taskId: id }]);
    expect(changes[0]?.task).toBeUndefined();
    await until(() => published("task.events", user).length === 3);
    expect(published("task.events", user).at(-1)).toMatchObject({
      type: "todo.task.v1.TaskPurged",
      subject: id,
      data: { taskId: id, context: { userSeq: "3", actor: { kind: "KIND_SERVICE", app: "task" } } },
    });
    await until(() =>
      bed.publisher.records.some(
        ({ topic, key, value }) => topic === "task.state" && key === id && value === null,
      ),
    );
  });

  it("leaves nothing of the task's content behind", async () => {
    const user = newUser();
    const client = bed.as(user);
    const { id } = await createTask(client, { title: "before the purge" });
    await client.updateTask({ id, updateMask: { paths: ["title"] }, title: "still before the purge" });
    const { undoToken } = await client.deleteTask({ id });
    bed.clock.advance(30 * dayMs);
    await until(async () => (await count(bed.admin, "task", user)) === 0);
    const { rows } = await bed.admin.query("select * from feed where user_id = $1", [user]);
    expect(rows).toHaveLength(4);
    expect(JSON.stringify(rows)).not.toContain("before the purge");
    expect(await reasonOfFailure(client.undo({ undoToken }))).toBe("UNDO_EXPIRED");
    expect(await reasonOfFailure(client.listTaskHistory({ id }))).toBe("TASK_NOT_FOUND");
  });

  it("makes room within the quota", async () => {
    await using small = await startBed({ taskQuota: 1, purgeMs: 100 });
    const client = small.as(newUser());
    const { id } = await createTask(client);
    await client.deleteTask({ id });
    expect(await reasonOfFailure(createTask(client))).toBe("TASK_QUOTA_EXCEEDED");
    small.clock.advance(30 * dayMs);
    await until(() =>
      createTask(client)
        .then(() => true)
        .catch(() => false),
    );
  });

  it("is emptied once by several processes at work on it", async () => {
    const user = newUser();
    await bed.startAnother();
    const client = bed.as(user);
    const tasks = await Promise.all(Array.from({ length: 20 }, () => createTask(client)));
    for (const { id } of tasks) await client.deleteTask({ id });
    bed.clock.advance(30 * dayMs);
    await until(async () => (await count(bed.admin, "task", user)) === 0);
    const { changes } = await client.listChanges({ cursor: 40n });
    expect(changes.map(({ type }) => type)).toEqual(Array(20).fill("todo.task.v1.TaskPurged"));
    expect(new Set(changes.map(({ taskId }) => taskId)).size).toBe(20);
    const { rows } = await bed.admin.query("select task_count from user_counter where user_id = $1", [user]);
    expect(rows).toEqual([{ task_count: 0 }]);
  });
});

describe("the feed", () => {
  it("forgets changes after 400 days, and says so to whoever comes later with an older cursor", async () => {
    const user = newUser();
    const client = bed.as(user);
    const { id } = await createTask(client);
    bed.clock.advance(401 * dayMs);
    await client.updateTask({ id, updateMask: { paths: ["title"] }, title: "young" });
    await until(async () => (await count(bed.admin, "feed", user)) === 1);
    expect(await reasonOfFailure(client.listChanges({}))).toBe("CURSOR_INVALID");
    expect((await client.listChanges({ cursor: 1n })).changes).toMatchObject([{ userSeq: 2n }]);
  });
});
