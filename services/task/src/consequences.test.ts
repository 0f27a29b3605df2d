import { describe, expect, it } from "vitest";
import { withConsequences } from "./consequences.ts";
import { Priority, type TaskContent } from "./domain/content.ts";
import { created, Task } from "./domain/task.ts";
import type { Changed } from "./outcome.ts";

const now = new Date("2026-03-01T10:00:00Z");
const [id, other] = ["019ca8d7-2d00-7b51-b7d2-91446462a21e", "019ca8d7-2d00-7b51-b7d2-91446462a21f"];
const userId = "019ca8d7-2d00-7b51-b7d2-914464620001";
const content: TaskContent = {
  title: "x",
  description: "",
  priority: Priority.medium,
  tags: [],
  due: null,
  subtaskOf: null,
  dependsOn: [],
  completeWithSubtasks: false,
  reminderMinutes: [],
};

const make = (changes: Partial<TaskContent> = {}) => Task.create(id, userId, { ...content, ...changes }, now);

/** How often the database is asked for what follows from changes. `awaited`: some task may wait for the one changed. */
async function asked(changed: Changed, awaited = false): Promise<number> {
  let count = 0;
  const database = { query: async () => ({ rows: [], count: count++ }) };
  const unawaited = new Set(awaited ? [] : [id]);
  const changes = await withConsequences(
    database,
    { changes: [changed] },
    { ground: { unawaited }, userId, time: now },
  );
  expect(changes).toEqual([changed]);
  return count;
}

function changed(task: Task, change: (task: Task) => Changed["change"] | undefined): Changed {
  const made = change(task);
  if (made === undefined) throw new Error("nothing changed");
  return { task, change: made };
}

const complete = (task: Task) => task.complete(undefined, now);

describe("what follows from a change", () => {
  it.each<[what: string, changed: Changed]>([
    ["a task that stands alone is made", { task: make(), change: created }],
    ["a task that stands alone is done", changed(make(), complete)],
    ["a task that stands alone is deleted", changed(make(), (task) => task.delete(undefined, now))],
    [
      "only a part's title changes",
      changed(make({ subtaskOf: other }), (task) => task.update({ title: "y" }, undefined, now)),
    ],
    ["a task leaves the trash for good", changed(make({ subtaskOf: other }), (task) => task.purge(now))],
  ])("is nothing, and costs no query, if %s", async (_, change) => {
    expect(await asked(change)).toBe(0);
  });

  it.each<[what: string, changed: Changed, awaited?: boolean]>([
    ["a part is made", { task: make({ subtaskOf: other }), change: created }],
    ["a task that waits is made", { task: make({ dependsOn: [other] }), change: created }],
    ["a part is done", changed(make({ subtaskOf: other }), complete)],
    ["a task that others may wait for is done", changed(make(), complete), true],
    [
      "a part is moved away",
      changed(make({ subtaskOf: other }), (task) => task.update({ subtaskOf: null }, undefined, now)),
    ],
  ])("is looked up by one query if %s", async (_, change, awaited) => {
    expect(await asked(change, awaited)).toBe(1);
  });
});
