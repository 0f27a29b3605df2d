import { ErrorInfoSchema } from "@todo/proto/google/rpc/error_details";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sweepTagImages } from "#src/tags/image-sweep.ts";
import {
  allPages,
  type Bed,
  count,
  createTask,
  failureOf,
  newRequestId,
  newUser,
  reasonOfFailure,
  required,
  startBed,
  type TaskClient,
  until,
} from "./fixture.ts";
import { manyTasks } from "./many-tasks.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

const hourMs = 60 * 60 * 1_000;
const renaming = { name: "a", newName: "b" };

/** How many tasks of a user carry which tags, in which order. */
async function tagsOf(userId: string): Promise<Record<string, number>> {
  const { rows } = await bed.admin.query(
    "select array_to_string(tags, ' ') as tags, count(*)::integer as count from task.task where user_id = $1 group by 1",
    [userId],
  );
  return Object.fromEntries(rows.map(({ tags, count }) => [tags, count]));
}

const before = { "x a y": 1_200, "b a": 800, "a z b": 500, b: 3 };
const after = { "x b y": 1_200, b: 803, "z b": 500 };

/** A user with 2,500 tasks that carry a tag, some of which carry the one that it becomes. */
async function withMany(): Promise<{ userId: string; client: TaskClient; newest: bigint }> {
  const userId = newUser();
  for (const [tags, count] of Object.entries(before))
    await manyTasks(bed, userId, { count, tags: tags.split(" ") });
  return { userId, client: bed.as(userId), newest: BigInt(Object.keys(before).length) };
}

describe("a tag that was renamed in more tasks than any other command changes", () => {
  it("is taken back in all of them, so that two merged tags come apart in their order", async () => {
    const { userId, client, newest } = await withMany();
    const { taskCount, undoToken } = await client.renameTag(renaming);
    expect(taskCount).toBe(2_500);
    expect(await tagsOf(userId)).toEqual(after);
    const undone = await client.undo({ undoToken });
    expect(undone).toMatchObject({ tasks: [], taskCount: 2_500, userSeq: newest + 2_501n });
    expect(await tagsOf(userId)).toEqual(before);
  });

  it("is renamed again by the token of that, and so on", async () => {
    const { userId, client } = await withMany();
    let { undoToken } = await client.renameTag(renaming);
    for (const wanted of [before, after, before]) {
      const undone = await client.undo({ undoToken });
      expect(await tagsOf(userId)).toEqual(wanted);
      expect(await reasonOfFailure(client.undo({ undoToken }))).toBe("UNDO_OVERTAKEN");
      undoToken = undone.undoToken;
    }
  });

  it("stays renamed everywhere once one task got other tags, which the error names", async () => {
    const { userId, client } = await withMany();
    const { undoToken } = await client.renameTag(renaming);
    const [{ id = "" } = {}] = (await client.listTasks({ filter: { tags: ["z"] }, pageSize: 1 })).tasks;
    await client.updateTask({ id, updateMask: { paths: ["tags"] }, tags: ["own"] });
    const error = await failureOf(client.undo({ undoToken }));
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: "UNDO_OVERTAKEN", metadata: { id } },
    ]);
    expect(await tagsOf(userId)).toEqual({ ...after, "z b": 499, own: 1 });
  });

  it("comes back although other fields changed since, and leaves those alone", async () => {
    const { userId, client } = await withMany();
    const { undoToken } = await client.renameTag(renaming);
    const [{ id = "" } = {}] = (await client.listTasks({ filter: { tags: ["z"] }, pageSize: 1 })).tasks;
    await client.updateTask({ id, updateMask: { paths: ["title"] }, title: "Newer" });
    await client.undo({ undoToken });
    expect((await client.getTask({ id })).task).toMatchObject({ title: "Newer", tags: ["a", "z", "b"] });
    expect(await tagsOf(userId)).toEqual(before);
  });

  it("comes back once however often it is asked with one request_id", async () => {
    const { userId, client, newest } = await withMany();
    const rename = { ...renaming, requestId: newRequestId() };
    const renamed = await Promise.all([1, 2].map(() => client.renameTag(rename)));
    const undo = { undoToken: required(renamed[1]).undoToken, requestId: newRequestId() };
    const undone = await Promise.all([1, 2, 3].map(() => client.undo(undo)));
    expect(undone.map(({ userSeq }) => userSeq)).toEqual(Array(3).fill(newest + 2_501n));
    expect(new Set(undone.map(({ undoToken }) => undoToken)).size).toBe(1);
    expect(await tagsOf(userId)).toEqual(before);
  });

  it("tells of each task that it came back: in the changes, without a gap, by a fact and a state", async () => {
    const { userId, client, newest } = await withMany();
    const { undoToken } = await client.renameTag(renaming);
    await required(bed.app.relay).drained({ timeoutMs: 30_000 });
    const known = bed.publisher.records.length;
    await client.undo({ undoToken });
    await required(bed.app.relay).drained({ timeoutMs: 30_000 });
    const { changes, hasMore } = await client.listChanges({ cursor: newest + 1n, pageSize: 100 });
    expect(hasMore).toBe(true);
    expect(changes.map(({ userSeq }) => userSeq)).toEqual(
      Array.from({ length: 100 }, (_, index) => newest + 2n + BigInt(index)),
    );
    const told = { type: "todo.task.v1.TaskUpdated", changedFields: ["tags"] };
    for (const change of changes) expect(change).toMatchObject(told);
    const topics = bed.publisher.records.slice(known).map(({ topic }) => topic);
    const times = (topic: string) => topics.filter((each) => each === topic).length;
    expect([times("task.events"), times("task.state"), topics.length]).toEqual([2_500, 2_500, 5_000]);
    const { rows } = await bed.admin.query(
      `select count(*)::integer as placed from task.task t join task.feed f
         on f.user_id = t.user_id and f.user_seq = t.user_seq and f.task_id = t.id and f.version = t.version
       where t.user_id = $1 and f.user_seq > $2`,
      [userId, newest + 1n],
    );
    expect(rows).toEqual([{ placed: 2_500 }]);
    const { entries } = await client.listTaskHistory({ id: required(changes[0]).taskId });
    expect(entries[0]?.changes.map(({ field }) => field)).toEqual(["tags"]);
  });

  it("is nothing that somebody else could take back", async () => {
    const [{ userId, client }, other] = [await withMany(), bed.as(newUser())];
    const { undoToken } = await client.renameTag(renaming);
    for (let n = 0; n < 6; n++) await createTask(other, { tags: ["b"] });
    expect(await reasonOfFailure(other.undo({ undoToken }))).toBe("UNDO_EXPIRED");
    expect(await tagsOf(userId)).toEqual(after);
    expect((await allPages(other, {})).map(({ tags }) => tags)).toEqual(Array(6).fill(["b"]));
  });
});

describe("taking the renaming of a tag back", () => {
  it("reaches the trash too, and does it again there", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client, { tags: ["a", "c"] });
    await createTask(client, { tags: ["a"] });
    await client.deleteTask({ id });
    const tags = async () => (await client.getTask({ id })).task?.tags;
    const { undoToken } = await client.renameTag(renaming);
    const undone = await client.undo({ undoToken });
    expect(await tags()).toEqual(["a", "c"]);
    await client.undo({ undoToken: undone.undoToken });
    expect(await tags()).toEqual(["b", "c"]);
  });

  it("leaves out what was purged since", async () => {
    await using purging = await startBed({ purgeMs: 100 });
    const userId = newUser();
    const client = purging.as(userId);
    const [gone, left] = [
      await createTask(client, { tags: ["a"] }),
      await createTask(client, { tags: ["a"] }),
    ];
    await client.deleteTask({ id: gone.id });
    purging.clock.advance(30 * 24 * hourMs - hourMs);
    const { undoToken } = await client.renameTag(renaming);
    expect(await count(purging.admin, "tag_image", userId)).toBe(2);
    purging.clock.advance(2 * hourMs);
    await until(async () => (await count(purging.admin, "task", userId)) === 1);
    expect(await count(purging.admin, "tag_image", userId)).toBe(1);
    expect((await client.undo({ undoToken })).tasks).toMatchObject([{ id: left.id, tags: ["a"] }]);
  });

  it("can be done for 24 hours, and what it was is kept as long as the feed", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    await createTask(client, { tags: ["a"] });
    const { undoToken } = await client.renameTag(renaming);
    const days = 30;
    const sweep = () =>
      sweepTagImages(bed.service, { now: bed.clock.now(), days, signal: AbortSignal.timeout(10_000) });
    bed.clock.advance(24 * hourMs + 1);
    expect(await reasonOfFailure(client.undo({ undoToken }))).toBe("UNDO_EXPIRED");
    bed.clock.advance((days - 1) * 24 * hourMs - 1);
    await sweep();
    expect(await count(bed.admin, "tag_image", userId)).toBe(1);
    bed.clock.advance(1);
    await sweep();
    expect(await count(bed.admin, "tag_image", userId)).toBe(0);
    expect(await reasonOfFailure(client.undo({ undoToken }))).toBe("UNDO_EXPIRED");
  });

  it.each(["t1-0-1", "t1-1-0", "t1-3-1", "t1-2-2", "t1-1-1000001"])(
    "refuses the token '%s'",
    async (token) => {
      const client = bed.as(newUser());
      await createTask(client, { tags: ["a"] });
      await client.renameTag(renaming);
      expect(await reasonOfFailure(client.undo({ undoToken: token }))).toBe("UNDO_TOKEN_INVALID");
    },
  );

  it("waits while its events would take more room than there is for those of others", async () => {
    await using narrow = await startBed({ outboxCap: 300 });
    const opened = Promise.withResolvers<void>();
    narrow.publisher.before = () => opened.promise;
    const client = narrow.as(newUser());
    for (let n = 0; n < 60; n++) await createTask(client, { tags: ["a"] });
    const { undoToken } = await client.renameTag(renaming);
    const { relay } = narrow.app;
    await until(() => relay?.depth() === 181);
    expect(await reasonOfFailure(client.undo({ undoToken }))).toBe("OUTBOX_FULL");
    await createTask(client);
    opened.resolve();
    await relay?.drained();
    await until(() => relay?.depth() === 0);
    expect((await client.undo({ undoToken })).tasks).toHaveLength(60);
  });
});
