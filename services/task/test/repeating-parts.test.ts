import {
  Recurrence_Inheritable as Inheritable,
  OccurrenceScope as Scope,
  Recurrence_Trigger as Trigger,
} from "@todo/proto/todo/task/v1/series";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, createTask, newUser, reasonOfFailure, required, startBed } from "./fixture.ts";
import {
  advanceOf,
  advancesFor,
  berlin,
  eventsOf,
  type Repeating,
  repeating,
  tasksOf,
  weekly,
} from "./series-fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

interface House {
  user: Repeating;
  whole: Task;
  /** A part that does not repeat. */
  sort: Task;
  /** A part that repeats every day. */
  dishes: Task;
}

interface Kind {
  /** Whether the part that repeats is a part of the other one. */
  deep?: boolean;
  notInherited?: Inheritable[];
  trigger?: Trigger;
}

/** A task of every week with a part of every day. */
async function house({ deep = false, ...recurrence }: Kind = {}): Promise<House> {
  const user = repeating(bed, newUser());
  const { task: whole } = await weekly(user, { recurrence });
  const sort = await createTask(user.client, { title: "Sort", subtaskOf: whole.id });
  const subtaskOf = deep ? sort.id : whole.id;
  const due = berlin("2026-03-02T18:00:00Z");
  const { id: taskId } = await createTask(user.client, { title: "Dishes", subtaskOf, due });
  const { task } = await user.series.setRecurrence({ taskId, recurrence: { rrule: "FREQ=DAILY" } });
  return { user, whole, sort, dishes: required(task) };
}

/** Asks for the next occurrence of a series, as its newest event says. */
async function next(user: Repeating, { seriesId }: Task): Promise<Task> {
  const asked = advancesFor(await eventsOf(bed, user.userId)).filter((each) => each.seriesId === seriesId);
  return required((await user.recurrence.advanceSeries(required(asked.at(-1)))).task);
}

const now = async ({ client }: Repeating, { id }: { id: string }) =>
  required((await client.getTask({ id })).task);

/** What is to be done: each title with that of what it is a part of. */
async function openOf(user: Repeating): Promise<string[]> {
  const open = (await tasksOf(user)).filter(({ status }) => status === TaskStatus.OPEN);
  const named = ({ title, recurrenceId }: Task) => [title, recurrenceId.slice(8, 10)].join(" ").trim();
  const wholes = new Map(open.map((task) => [task.id, named(task)]));
  return open
    .map((task) => [wholes.get(task.subtaskOf) ?? (task.subtaskOf && "?"), named(task)].join(" > "))
    .sort();
}

const firstWeek = [" > Tidy up 02", "Tidy up 02 > Dishes 02", "Tidy up 02 > Sort"];
const secondWeek = [" > Tidy up 09", "Tidy up 09 > Dishes 03", "Tidy up 09 > Sort"];

/** The next occurrences of both series, in either order. */
const inEitherOrder = [
  [
    "the whole first",
    async ({ user, whole, dishes }: House) => [await next(user, whole), await next(user, dishes)],
  ],
  [
    "the part first",
    async ({ user, whole, dishes }: House) => {
      const part = await next(user, dishes);
      return [await next(user, whole), part];
    },
  ],
] as const;

describe.each(inEitherOrder)("a part that repeats by itself, made anew %s", (_, advanceBoth) => {
  it("is there once, as a part of what is open of the whole", async () => {
    const home = await house();
    const { user, whole, dishes } = home;
    await user.client.completeTask({ id: whole.id });
    const [second] = await advanceBoth(home);
    expect(await openOf(user)).toEqual(secondWeek);
    const all = await tasksOf(user);
    expect(all.filter(({ title }) => title === "Dishes")).toHaveLength(2);
    expect(await now(user, whole)).toMatchObject({ subtaskCount: 2, completedSubtaskCount: 2 });
    expect(await now(user, required(second))).toMatchObject({ subtaskCount: 2, completedSubtaskCount: 0 });
    expect((await now(user, dishes)).subtaskOf).toBe(whole.id);
  });

  it("stays a part of what stands in the place of what it was a part of", async () => {
    const home = await house({ deep: true });
    const { user, whole } = home;
    await user.client.completeTask({ id: whole.id });
    await advanceBoth(home);
    expect(await openOf(user)).toEqual([" > Tidy up 09", "Sort > Dishes 03", "Tidy up 09 > Sort"]);
  });

  it("goes with the whole when the completion is taken back, and comes again with it", async () => {
    const home = await house();
    const { user, whole } = home;
    const { undoToken } = await user.client.completeTask({ id: whole.id });
    const made = await advanceBoth(home);
    const undone = await user.client.undo({ undoToken });
    expect(await openOf(user)).toEqual(firstWeek);
    await user.client.undo({ undoToken: undone.undoToken });
    expect(await openOf(user)).toEqual(secondWeek);
    expect(await tasksOf(user)).toHaveLength(6);
    expect(
      (await Promise.all(made.map((task) => now(user, task)))).map(({ deleteTime }) => deleteTime),
    ).toEqual([undefined, undefined]);
  });

  it("comes again as the same task when the whole is done again", async () => {
    const home = await house();
    const { user, whole } = home;
    const { undoToken } = await user.client.completeTask({ id: whole.id });
    const made = await advanceBoth(home);
    await user.client.undo({ undoToken });
    await user.client.completeTask({ id: whole.id });
    const again = await advanceBoth(home);
    expect(again.map(({ id }) => id)).toEqual(made.map(({ id }) => id));
    expect(await openOf(user)).toEqual(secondWeek);
  });

  it("goes back alone where only the whole is opened again, by a change that undo knows", async () => {
    const home = await house({ deep: true });
    const { user, whole } = home;
    await user.client.completeTask({ id: whole.id });
    const [, part] = await advanceBoth(home);
    const { undoToken } = await user.client.reopenTask({ id: whole.id });
    expect((await now(user, required(part))).subtaskOf).toBe(home.sort.id);
    expect((await now(user, required(part))).deleteTime).toBeUndefined();
    await user.client.undo({ undoToken });
    expect(await openOf(user)).toEqual([" > Tidy up 09", "Sort > Dishes 03", "Tidy up 09 > Sort"]);
  });
});

describe("a part that repeats by itself", () => {
  it("stays open when the whole is left out, and moves along by a change of its own", async () => {
    const { user, whole, dishes } = await house();
    const { undoToken } = await user.series.skipOccurrence({ taskId: whole.id });
    const second = await next(user, whole);
    expect(await openOf(user)).toEqual([" > Tidy up 09", "Tidy up 09 > Dishes 02", "Tidy up 09 > Sort"]);
    const { entries } = await user.client.listTaskHistory({ id: dishes.id, pageSize: 1 });
    expect(entries).toMatchObject([{ type: "todo.task.v1.TaskUpdated", changes: [{ field: "subtask_of" }] }]);
    expect((await now(user, dishes)).subtaskOf).toBe(second.id);
    await user.client.undo({ undoToken });
    expect(await openOf(user)).toEqual(firstWeek);
  });

  it("comes out of the trash with the next whole, and goes back when the one before is restored", async () => {
    const { user, whole } = await house();
    await user.client.deleteTask({ id: whole.id });
    expect(await openOf(user)).toEqual([]);
    await next(user, whole);
    expect(await openOf(user)).toEqual([" > Tidy up 09", "Tidy up 09 > Dishes 02", "Tidy up 09 > Sort"]);
    await user.client.restoreTask({ id: whole.id });
    expect(await openOf(user)).toEqual(firstWeek);
  });

  it("is kept by itself, if somebody changed it since, when a completion is taken back", async () => {
    const { user, whole, dishes } = await house();
    const { undoToken } = await user.client.completeTask({ id: whole.id });
    const part = await next(user, dishes);
    await user.client.updateTask({ id: part.id, updateMask: { paths: ["title"] }, title: "Glasses" });
    await next(user, whole);
    await user.client.undo({ undoToken });
    expect(await openOf(user)).toEqual([...firstWeek, "Tidy up 02 > Glasses 03"].sort());
  });

  it("is made anew like any other once it repeats no more", async () => {
    const { user, whole, dishes } = await house();
    await user.series.clearRecurrence({ taskId: dishes.id });
    await user.client.completeTask({ id: whole.id });
    const second = await next(user, whole);
    expect(second.subtaskCount).toBe(2);
    expect(await openOf(user)).toEqual([" > Tidy up 09", "Tidy up 09 > Dishes", "Tidy up 09 > Sort"]);
  });

  it("stays where it is while the whole is open, though the next one is there", async () => {
    const { user, whole, dishes } = await house({ trigger: Trigger.DUE });
    const { series } = await user.series.getSeries({ id: whole.seriesId });
    await user.recurrence.advanceSeries(advanceOf(required(series)));
    expect((await now(user, dishes)).subtaskOf).toBe(whole.id);
    await user.client.completeTask({ id: whole.id });
    await next(user, dishes);
    expect(await openOf(user)).toEqual(secondWeek);
  });

  it.each([
    ["left out", ({ user, whole }: House) => user.series.skipOccurrence({ taskId: whole.id }), 1],
    ["deleted", ({ user, whole }: House) => user.client.deleteTask({ id: whole.id }), 0],
  ])(
    "goes to the next whole, if that is there, with the command by which its own is %s",
    async (_, leave, left) => {
      const home = await house({ trigger: Trigger.DUE });
      const { user, whole, dishes } = home;
      const { series } = await user.series.getSeries({ id: whole.seriesId });
      const { task: second } = await user.recurrence.advanceSeries(advanceOf(required(series)));
      const both = await openOf(user);
      const { undoToken } = await leave(home);
      expect((await now(user, dishes)).subtaskOf).toBe(required(second).id);
      expect(await openOf(user)).toEqual([" > Tidy up 09", "Tidy up 09 > Dishes 02", "Tidy up 09 > Sort"]);
      expect((await now(user, whole)).subtaskCount).toBe(left);
      const undone = await user.client.undo({ undoToken });
      expect(await openOf(user)).toEqual(both);
      await user.client.undo({ undoToken: undone.undoToken });
      expect((await now(user, dishes)).subtaskOf).toBe(required(second).id);
    },
  );

  it.each([
    ["left out", ({ user, whole }: House) => user.series.skipOccurrence({ taskId: whole.id })],
    ["deleted", ({ user, whole }: House) => user.client.deleteTask({ id: whole.id })],
  ])("moves along past a whole that was done ahead when its own is %s", async (_, leave) => {
    const home = await house({ trigger: Trigger.DUE });
    const { user, whole, dishes } = home;
    const seriesNow = async () => required((await user.series.getSeries({ id: whole.seriesId })).series);
    const { task: second } = await user.recurrence.advanceSeries(advanceOf(await seriesNow()));
    await user.client.completeTask({ id: required(second).id });
    const before = await openOf(user);
    const { undoToken } = await leave(home);
    const undone = await user.client.undo({ undoToken });
    expect(await openOf(user)).toEqual(before);
    await user.client.undo({ undoToken: undone.undoToken });
    const { task: third } = await user.recurrence.advanceSeries(advanceOf(await seriesNow()));
    expect((await now(user, dishes)).subtaskOf).toBe(required(third).id);
    expect(await openOf(user)).toEqual([" > Tidy up 16", "Tidy up 16 > Dishes 02", "Tidy up 16 > Sort"]);
  });

  it("that is to be done again goes to the next whole when its own, which was done, is deleted", async () => {
    const { user, whole, dishes } = await house({ trigger: Trigger.DUE });
    const { series } = await user.series.getSeries({ id: whole.seriesId });
    await user.recurrence.advanceSeries(advanceOf(required(series)));
    await user.client.completeTask({ id: whole.id });
    await user.client.reopenTask({ id: dishes.id });
    await user.client.deleteTask({ id: whole.id });
    expect(await openOf(user)).toEqual([" > Tidy up 09", "Tidy up 09 > Dishes 02", "Tidy up 09 > Sort"]);
  });

  it("rests with the whole, if all that follow go with it", async () => {
    const { user, whole, dishes } = await house({ trigger: Trigger.DUE });
    const { series } = await user.series.getSeries({ id: whole.seriesId });
    await user.recurrence.advanceSeries(advanceOf(required(series)));
    const both = await openOf(user);
    const { undoToken } = await user.client.deleteTask({ id: whole.id, scope: Scope.ALL });
    expect(await openOf(user)).toEqual([]);
    expect((await now(user, dishes)).subtaskOf).toBe(whole.id);
    await user.client.undo({ undoToken });
    expect(await openOf(user)).toEqual(both);
  });

  it("rests with a whole in the trash from which sub-tasks are not inherited, by due date too", async () => {
    const { user, whole, dishes } = await house({ notInherited: [Inheritable.SUBTASKS] });
    const recurrence = { rrule: "FREQ=DAILY", trigger: Trigger.DUE };
    const { series } = await user.series.setRecurrence({ taskId: dishes.id, recurrence });
    await user.client.deleteTask({ id: whole.id });
    const early = user.recurrence.advanceSeries(advanceOf(required(series)));
    expect(await reasonOfFailure(early)).toBe("SERIES_OVERTAKEN");
    await user.client.restoreTask({ id: whole.id });
    const { series: back } = await user.series.getSeries({ id: dishes.seriesId });
    const { task } = await user.recurrence.advanceSeries(advanceOf(required(back)));
    expect(task?.subtaskOf).toBe(whole.id);
  });

  it("stays where it is if sub-tasks are not inherited", async () => {
    const { user, whole, dishes } = await house({ notInherited: [Inheritable.SUBTASKS] });
    await user.client.completeTask({ id: whole.id });
    const second = await next(user, whole);
    expect(second.subtaskCount).toBe(0);
    expect((await next(user, dishes)).subtaskOf).toBe(whole.id);
  });
});
