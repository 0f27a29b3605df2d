import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentFields, Priority, type TaskContent } from "./content.ts";
import {
  FieldsInvalidError,
  TaskInTrashError,
  VersionStaleError,
  VersionUnknownError,
} from "./rule-errors.ts";
import { Status, Task } from "./task.ts";

const noon = new Date("2026-03-01T12:00:00Z");
const later = new Date("2026-03-01T13:00:00Z");
const latest = new Date("2026-03-01T14:00:00Z");

const content: TaskContent = {
  title: "Buy milk",
  description: "",
  priority: Priority.medium,
  tags: [],
  due: null,
  subtaskOf: null,
  dependsOn: [],
  completeWithSubtasks: false,
  reminderMinutes: [],
};

function make(changes: Partial<TaskContent> = {}): Task {
  return Task.create("00000000-0000-7000-8000-000000000001", "user", { ...content, ...changes }, noon);
}

function violationsOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof FieldsInvalidError) return error.violations.map(({ field }) => field);
    throw error;
  }
  return [];
}

describe("a new task", () => {
  it("is open, in its own stream, and in its first version", () => {
    expect(make()).toMatchObject({
      status: Status.open,
      streamId: "00000000-0000-7000-8000-000000000001",
      version: 1,
      createTime: noon,
      updateTime: noon,
      completeTime: null,
      deleteTime: null,
    });
  });

  it("names every field that breaks a rule", () => {
    const bad = {
      title: " \t",
      tags: ["a", "\u00a0"],
      due: { kind: "all_day", date: "2026-02-30" },
    } as const;
    expect(violationsOf(() => make(bad))).toEqual(["title", "tags[1]", "due.all_day"]);
  });

  it("keeps white space around a title as it was given", () => {
    expect(make({ title: "  milk " }).title).toBe("  milk ");
  });

  it("sorts by its title without regard to case, within what a page token can hold", () => {
    expect(make({ title: "ÄPFEL" }).titleKey).toBe("äpfel");
    expect(make({ title: "字".repeat(200) }).titleKey).toHaveLength(200);
    expect(Buffer.byteLength(make({ title: "🥛".repeat(200) }).titleKey)).toBe(600);
  });
});

describe("an update", () => {
  it("says which fields really changed", () => {
    const task = make();
    const due = { kind: "all_day", date: "2026-03-02" } as const;
    const change = task.update(
      { title: "Buy milk", priority: Priority.high, due, subtaskOf: "x" },
      undefined,
      later,
    );
    expect(change).toMatchObject({ kind: "updated", fields: ["priority", "due", "subtask_of"] });
    expect(task).toMatchObject({
      version: 2,
      updateTime: later,
      due,
      dueAt: new Date("2026-03-02T00:00:00Z"),
    });
  });

  it("that changes nothing leaves version and time alone", () => {
    const due = { kind: "zoned", time: later, tzid: "Europe/Berlin" } as const;
    const task = make({ due, tags: ["a", "b"] });
    const same = { ...content, tags: ["a", "b"], due: { ...due, time: new Date(later) } };
    expect(task.update(same, undefined, later)).toBeUndefined();
    expect(task.update({}, undefined, later)).toBeUndefined();
    expect(task).toMatchObject({ version: 1, updateTime: noon });
  });

  it("takes the order of tags for a change", () => {
    const task = make({ tags: ["a", "b"] });
    expect(task.update({ tags: ["b", "a"] }, undefined, later)?.fields).toEqual(["tags"]);
  });

  it("follows the title with what it is sorted by", () => {
    const task = make();
    task.update({ title: "Apples" }, undefined, later);
    expect(task.titleKey).toBe("apples");
  });

  it("that is refused changes nothing", () => {
    const task = make();
    task.update({ title: "Bread" }, undefined, later);
    expect(() => task.update({ title: "Cheese", description: "x" }, 1, latest)).toThrow(VersionStaleError);
    expect(violationsOf(() => task.update({ description: "x", title: " " }, undefined, latest))).toEqual([
      "title",
    ]);
    expect(task).toMatchObject({ title: "Bread", description: "", version: 2, updateTime: later });
  });

  it("of a version that never was is refused", () => {
    expect(() => make().update({ title: "x" }, 2, later)).toThrow(VersionUnknownError);
  });
});

describe("the version of each field", () => {
  const names = Object.keys(contentFields) as (keyof TaskContent)[];
  const step = fc.record({
    fields: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
    /** How many versions the caller is behind. */
    behind: fc.nat(6),
  });

  /** A value that the field never had. */
  const fresh = (field: keyof TaskContent, n: number): Partial<TaskContent> => {
    switch (field) {
      case "priority":
        return {};
      case "tags":
        return { tags: [`tag ${n}`] };
      case "due":
        return { due: { kind: "floating", time: new Date(n * 1_000).toISOString().slice(0, 19) } };
      default:
        return { [field]: `${field} ${n}` };
    }
  };

  it("refuses an update exactly if one of its fields changed since the version that the caller saw", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const task = make();
        const history: string[][] = [];
        for (const [n, { fields, behind }] of steps.entries()) {
          const changes = Object.assign({}, ...fields.map((field) => fresh(field, n + 1)));
          const asked = Object.keys(changes).map((field) => contentFields[field as keyof TaskContent]);
          const seen = Math.max(1, task.version - behind);
          const since = history.slice(seen - 1).flat();
          const stale = asked.filter((field) => since.includes(field)).sort();
          if (stale.length > 0) {
            expect(() => task.update(changes, seen, later)).toThrow(
              expect.objectContaining({ fields: stale }) as Error,
            );
          } else if (task.update(changes, seen, later) !== undefined) {
            history.push(asked);
          }
          expect(task.version).toBe(history.length + 1);
        }
      }),
    );
  });
});

describe("completing", () => {
  it("keeps the first time, and reopening forgets it", () => {
    const task = make();
    expect(task.complete(undefined, later)).toMatchObject({ kind: "completed", fields: ["status"] });
    expect(task.complete(undefined, latest)).toBeUndefined();
    expect(task).toMatchObject({ status: Status.completed, completeTime: later, version: 2 });
    expect(task.reopen(undefined, latest)).toMatchObject({ kind: "reopened", fields: ["status"] });
    expect(task.reopen(undefined, latest)).toBeUndefined();
    expect(task).toMatchObject({ status: Status.open, completeTime: null, version: 3 });
  });

  it("is refused if anything changed since the version that the caller saw, even with nothing to do", () => {
    const task = make();
    task.update({ description: "two liters" }, undefined, later);
    expect(() => task.complete(1, latest)).toThrow(VersionStaleError);
    expect(() => task.reopen(1, latest)).toThrow(VersionStaleError);
    expect(task.complete(2, latest)).toBeDefined();
  });
});

describe("the trash", () => {
  it("keeps a task for 30 days from the first deletion", () => {
    const task = make();
    expect(task.delete(undefined, noon)).toMatchObject({ kind: "deleted", fields: ["delete_time"] });
    expect(task.delete(undefined, later)).toBeUndefined();
    expect(task).toMatchObject({ deleteTime: noon, purgeTime: new Date("2026-03-31T12:00:00Z") });
  });

  it("lets a task out again as it was", () => {
    const task = make();
    task.complete(undefined, noon);
    task.delete(undefined, noon);
    expect(task.restore(undefined, later)).toMatchObject({ kind: "restored", fields: ["delete_time"] });
    expect(task.restore(undefined, later)).toBeUndefined();
    expect(task).toMatchObject({ status: Status.completed, deleteTime: null, purgeTime: null });
  });

  it("holds its tasks still", () => {
    const task = make();
    task.delete(undefined, noon);
    expect(() => task.update({ title: "x" }, undefined, later)).toThrow(TaskInTrashError);
    expect(() => task.complete(undefined, later)).toThrow(TaskInTrashError);
    expect(() => task.reopen(undefined, later)).toThrow(TaskInTrashError);
  });

  it("is no place to put a task that changed since", () => {
    const task = make();
    task.update({ title: "Bread" }, undefined, later);
    expect(() => task.delete(1, latest)).toThrow(VersionStaleError);
    task.delete(2, latest);
    expect(() => task.restore(2, latest)).toThrow(VersionStaleError);
  });
});

describe("what follows from other tasks", () => {
  const none = { blocked: false, subtaskCount: 0, completedSubtaskCount: 0 };

  it("is a change of its own kind, which leaves etags good", () => {
    const task = make();
    expect(task.follow(none, undefined, later)).toBeUndefined();
    const progressed = task.follow({ ...none, subtaskCount: 2 }, undefined, later);
    expect(progressed).toMatchObject({
      kind: "progressed",
      version: 2,
      before: { subtaskCount: 0 },
      after: { subtaskCount: 2 },
    });
    const blocked = { ...none, blocked: true, subtaskCount: 3 };
    expect(task.follow(blocked, undefined, later)?.kind).toBe("blocked");
    expect(task.follow({ ...blocked, blocked: false }, undefined, later)?.kind).toBe("unblocked");
    expect(task.update({ title: "Bread" }, 1, latest)?.version).toBe(5);
  });

  it("goes with what happens to the task itself in the same command", () => {
    const task = make();
    const completed = task.complete(undefined, later);
    const both = task.follow({ ...none, subtaskCount: 1, completedSubtaskCount: 1 }, completed, later);
    expect(both).toMatchObject({
      kind: "completed",
      version: 2,
      before: { status: Status.open, subtaskCount: 0 },
      after: { status: Status.completed, subtaskCount: 1 },
    });
    expect(task.version).toBe(2);
  });

  it("is not taken back with it", () => {
    const task = make();
    const completed = task.complete(undefined, later);
    const both = task.follow({ ...none, subtaskCount: 1 }, completed, later);
    if (both?.kind !== "completed") throw new Error("expected the completion");
    task.revert({ ...both, kind: both.kind }, latest);
    expect(task).toMatchObject({ status: Status.open, completeTime: null, subtaskCount: 1 });
  });
});
