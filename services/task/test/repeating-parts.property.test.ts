import { Recurrence_Trigger as Trigger } from "@todo/proto/todo/task/v1/series";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, createTask, newUser, required, startBed } from "./fixture.ts";
import {
  advanceOf,
  berlin,
  eventsOf,
  forgetPublished,
  pendingFor,
  type Repeating,
  repeating,
  tasksOf,
  weekly,
} from "./series-fixture.ts";
import { unlessRefused } from "./unless-refused.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

/** What may be done to a whole, to the part of it that repeats as well, or to one that does not. */
interface Command {
  do: "complete" | "reopen" | "skip" | "delete" | "restore" | "rename";
  of: "Tidy up" | "Dishes" | "Sort";
  /** Which of those with the title, the newest first. */
  nth: number;
}

/** Which series gets what is pending for it, after a command. */
type Delivery = readonly ("whole" | "part")[];

const commands: fc.Arbitrary<Command> = fc.record({
  do: fc.constantFrom("complete", "complete", "complete", "reopen", "skip", "delete", "restore", "rename"),
  of: fc.constantFrom("Tidy up", "Tidy up", "Dishes", "Sort"),
  nth: fc.nat(2),
});
const deliveries: fc.Arbitrary<Delivery> = fc.constantFrom(
  [],
  ["whole"],
  ["part"],
  ["whole", "part"],
  ["part", "whole"],
);

const sensible =
  /^(TASK_DELETED|TASK_NOT_OPEN|TASK_NOT_RECURRING|UNDO_OVERTAKEN|SERIES_OVERTAKEN|PARENT_INVALID)$/;

const unlessSenseless = <T>(call: Promise<T>) => unlessRefused(call, sensible);

interface Run {
  user: Repeating;
  /** Whether the whole is made by its due date. */
  byDue: boolean;
  series: { whole: string; part: string };
}

async function begin({ deep, byDue }: { deep: boolean; byDue: boolean }): Promise<Run> {
  forgetPublished(bed);
  const user = repeating(bed, newUser());
  const trigger = byDue ? Trigger.DUE : Trigger.COMPLETION;
  const { task: whole } = await weekly(user, { recurrence: { trigger } });
  const sort = await createTask(user.client, { title: "Sort", subtaskOf: whole.id });
  const due = berlin("2026-03-02T18:00:00Z");
  const subtaskOf = deep ? sort.id : whole.id;
  const { id: taskId } = await createTask(user.client, { title: "Dishes", subtaskOf, due });
  const { task } = await user.series.setRecurrence({ taskId, recurrence: { rrule: "FREQ=DAILY" } });
  return { user, byDue, series: { whole: whole.seriesId, part: required(task).seriesId } };
}

async function perform({ user }: Run, command: Command): Promise<string> {
  const all = (await tasksOf(user, Trash.WITH)).filter(({ title }) => title.startsWith(command.of));
  const newest = all.toSorted((a, b) => (placeOf(a) > placeOf(b) ? -1 : 1));
  const { id } = required(newest[command.nth % newest.length]);
  switch (command.do) {
    case "complete":
      return (await user.client.completeTask({ id })).undoToken;
    case "reopen":
      return (await user.client.reopenTask({ id })).undoToken;
    case "skip":
      return (await user.series.skipOccurrence({ taskId: id })).undoToken;
    case "delete":
      return (await user.client.deleteTask({ id })).undoToken;
    case "restore":
      return (await user.client.restoreTask({ id })).undoToken;
    case "rename": {
      const title = `${command.of} again`;
      return (await user.client.updateTask({ id, updateMask: { paths: ["title"] }, title })).undoToken;
    }
  }
}

function placeOf({ recurrenceId, id }: Task): string {
  return recurrenceId + id;
}

async function pendingOf({ user, series, byDue }: Run, which: "whole" | "part", early: boolean) {
  if (early && byDue && which === "whole") {
    const { series: now } = await user.series.getSeries({ id: series.whole });
    return advanceOf(required(now));
  }
  const events = await eventsOf(bed, user.userId);
  return pendingFor(events.filter(({ data }) => data.series["id"] === series[which]));
}

async function deliver(run: Run, which: "whole" | "part", early = false): Promise<boolean> {
  const pending = await pendingOf(run, which, early);
  if (pending === undefined) return false;
  // Ids of one millisecond have no order, and without one nobody could tell which task is the newest.
  bed.clock.advance(1_000);
  const answer = await unlessSenseless(run.user.recurrence.advanceSeries(pending));
  if (answer?.task !== undefined) await requireBelonging(run, { which, made: answer.task });
  return true;
}

/** What was made belongs where the user would look for it. */
async function requireBelonging(
  { user, series }: Run,
  { which, made }: { which: "whole" | "part"; made: Task },
): Promise<void> {
  const all = await tasksOf(user, Trash.WITH);
  const byId = new Map(all.map((task) => [task.id, task]));
  const wholeOf = (task: Task): Task => {
    const above = byId.get(task.subtaskOf);
    return above === undefined ? task : wholeOf(above);
  };
  const wholes = all.filter(({ seriesId }) => seriesId === series.whole);
  const parts = all.filter((task) => task.seriesId === series.part && isOpen(task));
  if (which === "whole") {
    const former = wholes
      .filter(({ recurrenceId }) => recurrenceId < made.recurrenceId)
      .sort(byRecurrence)
      .at(-1);
    if (former && !isOpen(former)) expect(parts.map((part) => wholeOf(part).id)).not.toContain(former.id);
  } else {
    const whole = wholeOf(required(byId.get(made.id)));
    const later = wholes.filter((other) => isOpen(other) && other.recurrenceId > whole.recurrenceId);
    if (whole.seriesId === series.whole && !isOpen(whole)) expect(later).toEqual([]);
  }
}

function byRecurrence(a: Task, b: Task): number {
  return a.recurrenceId < b.recurrenceId ? -1 : 1;
}

/** Lets the recurrence service ask for both series until nothing is left to ask. */
async function settle(run: Run): Promise<void> {
  for (let round = 0; round < 8; round++) {
    const asked = [await deliver(run, "part"), await deliver(run, "whole")];
    if (!asked.includes(true)) return;
  }
}

/** What a user sees of all tasks. */
async function sight({ user }: Run) {
  const tasks = (await tasksOf(user, Trash.WITH)).sort((a, b) => (a.id < b.id ? -1 : 1));
  return tasks.map(({ id, title, recurrenceId, status, subtaskOf, deleteTime, ...rest }) => ({
    ...{ id, title, recurrenceId, status, subtaskOf, deleted: deleteTime !== undefined },
    counts: [rest.subtaskCount, rest.completedSubtaskCount],
  }));
}

function isOpen({ status, deleteTime }: Task): boolean {
  return status === TaskStatus.OPEN && deleteTime === undefined;
}

/** Each occurrence is there once, and counts are right. */
async function requireSound({ user, series }: Run): Promise<void> {
  const all = await tasksOf(user, Trash.WITH);
  for (const seriesId of Object.values(series)) {
    const ids = all.filter((task) => task.seriesId === seriesId).map(({ recurrenceId }) => recurrenceId);
    expect(new Set(ids).size).toBe(ids.length);
  }
  for (const task of all) {
    const parts = all.filter(
      ({ subtaskOf, deleteTime }) => subtaskOf === task.id && deleteTime === undefined,
    );
    const done = parts.filter(({ status }) => status !== TaskStatus.OPEN);
    expect([task.subtaskCount, task.completedSubtaskCount]).toEqual([parts.length, done.length]);
  }
}

/** What is to be done next of each series is there, or went into the trash with what does not repeat and rests there. */
async function requireGoingOn({ user, series }: Run): Promise<void> {
  const all = await tasksOf(user, Trash.WITH);
  for (const id of Object.values(series)) {
    const { series: now } = await user.series.getSeries({ id });
    const latest = all.find((task) => task.seriesId === id && task.recurrenceId === now?.recurrenceId);
    const above = all.find((task) => task.id === latest?.subtaskOf);
    const rests =
      latest?.deleteTime !== undefined && above?.deleteTime !== undefined && above.seriesId === "";
    expect(rests || (latest && isOpen(latest))).toBe(true);
  }
}

describe("whatever is done to a task that repeats and to a part of it that repeats by itself", () => {
  it("both go on, each occurrence once, and what is open of the part belongs to what is open of the whole", async () => {
    const steps = fc.array(fc.tuple(commands, deliveries), { minLength: 2, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), fc.boolean(), async (sequence, deep, byDue) => {
        const run = await begin({ deep, byDue });
        for (const [command, delivery] of sequence) {
          const before = await sight(run);
          const undoToken = (await unlessSenseless(perform(run, command))) ?? "";
          if (undoToken !== "") {
            const done = await sight(run);
            const undone = await run.user.client.undo({ undoToken });
            expect(await sight(run)).toEqual(before);
            await run.user.client.undo({ undoToken: undone.undoToken });
            expect(await sight(run)).toEqual(done);
          }
          for (const which of delivery) await deliver(run, which, true);
          await requireSound(run);
        }
        await settle(run);
        await requireSound(run);
        await requireGoingOn(run);
        const rested = await sight(run);
        await settle(run);
        expect(await sight(run)).toEqual(rested);
      }),
      { numRuns: 25, interruptAfterTimeLimit: 50_000 },
    );
  });
});
