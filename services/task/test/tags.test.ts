import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ComposeTags } from "../migrations/20261201003000_compose_tags.ts";
import { allPages, type Bed, createTask, newUser, reasonOfFailure, startBed } from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const predefined = ["Work", "Personal", "Shopping", "Health", "Finance", "Learning", "Urgent"];

describe("the tags", () => {
  it("are the predefined ones first, and then the user's own, most used first [R005]", async () => {
    const client = bed.as(newUser());
    await createTask(client, { tags: ["rare", "often", "Work"] });
    await createTask(client, { tags: ["often"] });
    const { id } = await createTask(client, { tags: ["gone", "often"] });
    await client.deleteTask({ id });
    const { tags, userSeq } = await client.listTags({});
    expect(tags.map(({ name }) => name)).toEqual([...predefined, "often", "rare", "gone"]);
    expect(tags.map(({ taskCount }) => taskCount)).toEqual([1, 0, 0, 0, 0, 0, 0, 2, 1, 0]);
    expect(tags.filter((tag) => tag.predefined)).toHaveLength(7);
    expect(userSeq).toBe(4n);
  });

  it("are one where they look alike, in whatever form of Unicode they come", async () => {
    const client = bed.as(newUser());
    const [composed, apart] = ["caf\u00e9", "cafe\u0301"];
    const { id, tags } = await createTask(client, { tags: [apart, composed] });
    expect(tags).toEqual([composed]);
    await createTask(client, { tags: [apart] });
    const own = async () =>
      (await client.listTags({})).tags
        .filter((tag) => !tag.predefined)
        .map((tag) => [tag.name, tag.taskCount]);
    expect(await own()).toEqual([[composed, 2]]);
    for (const tag of [composed, apart]) {
      expect(await allPages(client, { filter: { tags: [tag] } })).toHaveLength(2);
    }
    const selection = { case: "targets" as const, value: { targets: [{ id }] } };
    const change = { case: "tags" as const, value: { add: ["cre\u0300me"], remove: [apart] } };
    await client.batchUpdateTasks({ selection, action: change });
    expect((await client.getTask({ id })).task?.tags).toEqual(["cr\u00e8me"]);
    await client.updateTask({ id, updateMask: { paths: ["tags"] }, tags: [apart] });
    expect((await client.renameTag({ name: apart, newName: "u\u0308ber" })).taskCount).toBe(2);
    expect(await own()).toEqual([["\u00fcber", 2]]);
  });

  it("that were there before are composed once, and merged where a task had both", async () => {
    await using own = await startBed();
    const user = newUser();
    const client = own.as(user);
    const { id } = await createTask(client, { tags: ["a", "x"] });
    const tags = ["cafe\u0301", "b", "caf\u00e9"];
    await own.admin.query("update task.task set tags = $2 where id = $1", [id, tags]);
    for (let time = 0; time < 2; time++) {
      const migration = new ComposeTags(undefined as never, undefined as never);
      migration.up();
      for (const query of migration.getQueries()) await own.admin.query(String(query));
      expect((await client.getTask({ id })).task?.tags).toEqual(["caf\u00e9", "b"]);
    }
  });

  it("are limited in number, the predefined ones not counted", async () => {
    await using small = await startBed({ tagQuota: 2 });
    const client = small.as(newUser());
    await createTask(client, { tags: ["a", "b", ...predefined] });
    await createTask(client, { tags: ["a", "b"] });
    expect(await reasonOfFailure(createTask(client, { tags: ["c"] }))).toBe("TAG_QUOTA_EXCEEDED");
  });

  it("are the predefined ones alone where free ones are switched off [R005]", async () => {
    await using strict = await startBed({ freeTags: false });
    const client = strict.as(newUser());
    const { id } = await createTask(client, { tags: ["Work"] });
    const update = { id, updateMask: { paths: ["tags"] }, tags: ["mine"] };
    expect(await reasonOfFailure(client.updateTask(update))).toBe("TAG_NOT_PREDEFINED");
  });
});

describe("renaming a tag", () => {
  it("reaches every task, the trash included, as one change and one event", async () => {
    const user = newUser();
    const client = bed.as(user);
    const tasks = [
      await createTask(client, { tags: ["x", "old", "y"] }),
      await createTask(client, { tags: ["old"] }),
      await createTask(client, { tags: ["other"] }),
    ];
    await client.deleteTask({ id: tasks[1]?.id ?? "" });
    await bed.app.relay?.drained();
    const of = (topic: string) => bed.publisher.events(topic).filter((event) => event["userid"] === user);
    const known = { facts: of("task.events").length, states: of("task.state").length };
    const answer = await client.renameTag({ name: "old", newName: "new" });
    expect(answer).toMatchObject({ taskCount: 2, userSeq: 5n });
    const now = await Promise.all(tasks.map(async ({ id }) => (await client.getTask({ id })).task));
    expect(now.map((task) => task?.tags)).toEqual([["x", "new", "y"], ["new"], ["other"]]);
    const { changes } = await client.listChanges({ cursor: 4n });
    expect(changes).toMatchObject([
      {
        userSeq: 5n,
        type: "todo.task.v1.TagRenamed",
        taskId: "",
        tagRename: { name: "old", newName: "new" },
      },
    ]);
    await bed.app.relay?.drained();
    expect(of("task.events").slice(known.facts)).toMatchObject([
      { type: "todo.task.v1.TagRenamed", data: { taskCount: 2 } },
    ]);
    const told = of("task.state")
      .slice(known.states)
      .map((event) => (event["data"] as { task: { tags: string[] } }).task.tags);
    expect(told.sort()).toEqual([["new"], ["x", "new", "y"]]);
  });

  it("makes two tags one, each task carrying it once", async () => {
    const client = bed.as(newUser());
    await createTask(client, { tags: ["a", "b"] });
    await createTask(client, { tags: ["a"] });
    await client.renameTag({ name: "a", newName: "b" });
    expect((await allPages(client, {})).map(({ tags }) => tags)).toEqual([["b"], ["b"]]);
  });

  it("is taken back task by task, so that two merged tags come apart again", async () => {
    const client = bed.as(newUser());
    const before = [
      await createTask(client, { tags: ["a", "b"] }),
      await createTask(client, { tags: ["a"] }),
      await createTask(client, { tags: ["b"] }),
    ];
    const { undoToken } = await client.renameTag({ name: "a", newName: "b" });
    await client.undo({ undoToken });
    const now = await Promise.all(before.map(async ({ id }) => (await client.getTask({ id })).task));
    expect(now.map((task) => task?.tags)).toEqual([["a", "b"], ["a"], ["b"]]);
  });

  it("makes an etag stale only for those who want to change the tags", async () => {
    const client = bed.as(newUser());
    const { id, etag } = await createTask(client, { tags: ["a"] });
    await client.renameTag({ name: "a", newName: "b" });
    const update = (paths: string[]) =>
      client.updateTask({ id, etag, updateMask: { paths }, tags: ["c"], title: "t" });
    expect(await reasonOfFailure(update(["tags"]))).toBe("TASK_CHANGED");
    expect((await update(["title"])).task).toMatchObject({ title: "t", tags: ["b"] });
  });

  it("does nothing where no task carries the tag, or the name stays", async () => {
    const client = bed.as(newUser());
    await createTask(client, { tags: ["a"] });
    expect(await client.renameTag({ name: "z", newName: "y" })).toMatchObject({
      taskCount: 0,
      undoToken: "",
    });
    expect(await client.renameTag({ name: "a", newName: "a" })).toMatchObject({ taskCount: 0, userSeq: 1n });
  });

  it("leaves the tasks of others alone", async () => {
    const [one, other] = [bed.as(newUser()), bed.as(newUser())];
    const task = await createTask(other, { tags: ["a"] });
    await createTask(one, { tags: ["a"] });
    await one.renameTag({ name: "a", newName: "b" });
    expect((await other.getTask({ id: task.id })).task).toEqual(task);
  });
});

describe("the number of tasks", () => {
  it("is limited, the trash included, whichever way the tasks come", async () => {
    await using small = await startBed({ taskQuota: 3 });
    const client = small.as(newUser());
    for (const title of ["a", "b", "c"]) await createTask(client, { title });
    expect(await reasonOfFailure(createTask(client))).toBe("TASK_QUOTA_EXCEEDED");
    await client.deleteTask({ id: (await allPages(client, {}))[0]?.id ?? "" });
    expect(await reasonOfFailure(createTask(client))).toBe("TASK_QUOTA_EXCEEDED");
    expect((await client.listChanges({})).nextCursor).toBe(4n);
  });
});
