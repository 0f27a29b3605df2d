import { Code } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@todo/proto/google/rpc/error_details";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, createTask, failureOf, newUser, required, startBed } from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

const range = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index + 1));

describe("ListChanges", () => {
  it("tells what happened, oldest first, with the task as it is now [R045]", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client);
    await client.updateTask({ id, updateMask: { paths: ["title", "tags"] }, title: "x", tags: ["a"] });
    await client.completeTask({ id });
    await client.reopenTask({ id });
    await client.deleteTask({ id });
    const { task } = await client.restoreTask({ id });
    const { changes, nextCursor, hasMore } = await client.listChanges({});
    expect(changes.map(({ userSeq, type, changedFields }) => [userSeq, type, changedFields])).toEqual([
      [1n, "todo.task.v1.TaskCreated", []],
      [2n, "todo.task.v1.TaskUpdated", ["title", "tags"]],
      [3n, "todo.task.v1.TaskCompleted", []],
      [4n, "todo.task.v1.TaskReopened", []],
      [5n, "todo.task.v1.TaskDeleted", []],
      [6n, "todo.task.v1.TaskRestored", []],
    ]);
    for (const change of changes) expect(change).toMatchObject({ taskId: id, task });
    expect([nextCursor, hasMore]).toEqual([6n, false]);
  });

  it("goes on where it stopped, and stays where nothing changed", async () => {
    const client = bed.as(newUser());
    for (let n = 0; n < 7; n++) await createTask(client);
    let cursor = 0n;
    const seen: bigint[] = [];
    for (const more of [true, true, false]) {
      const answer = await client.listChanges({ cursor, pageSize: 3 });
      seen.push(...answer.changes.map(({ userSeq }) => userSeq));
      expect(answer.hasMore).toBe(more);
      cursor = answer.nextCursor;
    }
    expect(seen).toEqual(range(7));
    expect(await client.listChanges({ cursor })).toMatchObject({
      changes: [],
      nextCursor: 7n,
      hasMore: false,
    });
    expect(await bed.as(newUser()).listChanges({})).toMatchObject({ changes: [], nextCursor: 0n });
  });

  it("has 50 changes where nothing was said", async () => {
    const client = bed.as(newUser());
    for (let n = 0; n < 51; n++) await createTask(client);
    const { changes, hasMore } = await client.listChanges({});
    expect([changes.length, hasMore]).toEqual([50, true]);
  });

  it.each([2n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n])(
    "refuses the cursor %i, which lies ahead",
    async (cursor) => {
      const client = bed.as(newUser());
      await createTask(client);
      const error = await failureOf(client.listChanges({ cursor }));
      expect(error.code).toBe(Code.OutOfRange);
      expect(error.findDetails(ErrorInfoSchema)[0]).toMatchObject({
        reason: "CURSOR_INVALID",
        metadata: { cursor: String(cursor), newest: "1" },
      });
    },
  );

  it("refuses a cursor before the changes that are still kept, and never hides a gap", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    for (let n = 0; n < 5; n++) await createTask(client);
    await bed.admin.query("delete from task.feed where user_id = $1 and user_seq <= 3", [userId]);
    for (const cursor of [0n, 2n]) {
      expect((await failureOf(client.listChanges({ cursor }))).code).toBe(Code.OutOfRange);
    }
    expect((await client.listChanges({ cursor: 3n })).changes.map(({ userSeq }) => userSeq)).toEqual([
      4n,
      5n,
    ]);
    await bed.admin.query("delete from task.feed where user_id = $1", [userId]);
    expect((await failureOf(client.listChanges({ cursor: 3n }))).code).toBe(Code.OutOfRange);
    expect((await client.listChanges({ cursor: 5n })).changes).toEqual([]);
  });

  it("leaves out a task that is gone for good", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client);
    await bed.admin.query("delete from task.task where id = $1", [id]);
    const [change] = (await client.listChanges({})).changes;
    expect(change).toMatchObject({ taskId: id });
    expect(change?.task).toBeUndefined();
  });
});

describe("the numbers of a user's changes", () => {
  it("have no gap under 100 writes at once, of two processes [R045]", async () => {
    const userId = newUser();
    const other = await bed.startAnother();
    const clients = [bed.as(userId), bed.as(userId, {}, other)];
    const writes = Array.from({ length: 100 }, (_, n) =>
      required(clients[n % 2]).createTask({ title: `task ${n}` }),
    );
    const answers = await Promise.all(writes);
    const numbers = answers.map(({ userSeq }) => userSeq).sort((a, b) => Number(a - b));
    expect(numbers).toEqual(range(100));
    const { changes } = await required(clients[0]).listChanges({ pageSize: 100 });
    expect(changes.map(({ userSeq }) => userSeq)).toEqual(range(100));
    for (const answer of answers) {
      const change = changes.find(({ userSeq }) => userSeq === answer.userSeq);
      expect(change?.taskId).toBe(answer.task?.id);
    }
  });

  it("are the order in which the changes were recorded for the broker [R059]", async () => {
    await using paused = await startBed();
    const broker = Promise.withResolvers<void>();
    paused.publisher.before = () => broker.promise;
    const userId = newUser();
    const client = paused.as(userId);
    const { id } = await createTask(client);
    const titles = Array.from({ length: 30 }, (_, n) => `title ${n}`);
    await Promise.all(
      titles.map((title) => client.updateTask({ id, updateMask: { paths: ["title"] }, title })),
    );
    const { rows } = await paused.admin.query(
      "select position from task.outbox where topic = 'task.events' and stream_id = $1 order by seq",
      [id],
    );
    broker.resolve();
    expect(rows.map(({ position }) => BigInt(position))).toEqual(range(31));
  });

  it("count for each user alone", async () => {
    const users = Array.from({ length: 20 }, newUser);
    const answers = await Promise.all(users.map((userId) => bed.as(userId).createTask({ title: "x" })));
    expect(answers.map(({ userSeq }) => userSeq)).toEqual(users.map(() => 1n));
  });
});

describe("ScanTasks", () => {
  it("shows all tasks of all users once, the trash included, in the order of their ids", async () => {
    await using own = await startBed();
    const owners = new Map<string, string>();
    for (let n = 0; n < 23; n++) {
      const userId = newUser();
      const task = await createTask(own.as(userId));
      owners.set(task.id, userId);
      if (n % 3 === 0) await own.as(userId).deleteTask({ id: task.id });
      own.clock.advance(1);
    }
    const scan = own.anonymous();
    const seen: [id: string, userId: string][] = [];
    let pageToken = "";
    do {
      const page = await scan.scanTasks({ pageSize: 5, pageToken });
      seen.push(...page.tasks.map(({ task, userId }): [string, string] => [required(task).id, userId]));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(seen).toEqual([...owners].sort());
    expect((await scan.scanTasks({})).tasks).toHaveLength(23);
  });
});
