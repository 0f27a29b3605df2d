import {
  Recurrence_Inheritable as Inheritable,
  OccurrenceScope as Scope,
  Series_State as State,
} from "@todo/proto/todo/task/v1/series";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, newUser, required, startBed } from "./fixture.ts";
import { againOf, dueBy, movingZones } from "./moving-zones.ts";
import { knowledgeOf } from "./recurrence-knowledge.ts";
import {
  type AdvanceRequest,
  advancesFor,
  dueOf,
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

/** What a user may do to the occurrences made so far, which are named by their numbers. */
type Command =
  | { do: "complete" | "reopen" | "skip" | "delete" | "restore" | "rename" | "remind"; task: number }
  | { do: "undo"; command: number }
  | { do: "clear" }
  | { do: "set"; rrule: string; notInherited: Inheritable[] };

/** What arrives of the recurrence service after a command: what it would ask now, or something it asked before, or newer time zones. */
type Delivery = "nothing" | "newest" | number | { zones: string };

const task = fc.nat(3);
const named = (name: Extract<Command, { task: number }>["do"], weight: number) => ({
  weight,
  arbitrary: fc.record({ do: fc.constant(name), task }),
});
/** Those that go on, each through times of others that were taken back, and one that ends where it begins. */
const rules = fc.constantFrom("FREQ=DAILY", "FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;COUNT=1");
const left = fc.uniqueArray(fc.constantFrom(Inheritable.SUBTASKS, Inheritable.REMINDERS));
const commands: fc.Arbitrary<Command> = fc.oneof(
  named("complete", 8),
  named("reopen", 4),
  named("skip", 2),
  named("delete", 3),
  named("restore", 3),
  named("rename", 1),
  named("remind", 1),
  { weight: 5, arbitrary: fc.record({ do: fc.constant("undo" as const), command: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.constant({ do: "clear" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("set" as const), rrule: rules, notInherited: left }) },
);
const deliveries: fc.Arbitrary<Delivery> = fc.oneof(
  { weight: 2, arbitrary: fc.constant("nothing" as const) },
  { weight: 4, arbitrary: fc.constant("newest" as const) },
  { weight: 3, arbitrary: fc.nat(5) },
  { weight: 2, arbitrary: fc.record({ zones: fc.constantFrom(...movingZones) }) },
);

/** In which order events come. */
const orders = fc.array(fc.nat(1_000), { minLength: 17, maxLength: 17 });

/** Refusals that say a random command makes no sense. */
const sensible =
  /^(TASK_DELETED|TASK_NOT_OPEN|TASK_NOT_RECURRING|TASK_NOT_FOUND|UNDO_OVERTAKEN|SERIES_OVERTAKEN)$/;

const unlessSenseless = <T>(call: Promise<T>) => unlessRefused(call, sensible);

interface Run {
  user: Repeating;
  seriesId: string;
  tokens: string[];
}

/** The token of what was done; empty if nothing was. */
async function perform({ user, tokens }: Run, command: Command, all: readonly Task[]): Promise<string> {
  const { client, series } = user;
  const taskOf = (nth: number) => required(all[all.length - 1 - (nth % all.length)]).id;
  const id = "task" in command ? taskOf(command.task) : taskOf(0);
  switch (command.do) {
    case "complete":
      return (await client.completeTask({ id })).undoToken;
    case "reopen":
      return (await client.reopenTask({ id })).undoToken;
    case "delete":
      return (await client.deleteTask({ id })).undoToken;
    case "restore":
      return (await client.restoreTask({ id })).undoToken;
    case "rename":
      return (await client.updateTask({ id, updateMask: { paths: ["title"] }, title: "mine" })).undoToken;
    case "remind": {
      const reminders = { updateMask: { paths: ["reminder_minutes"] }, reminderMinutes: [command.task] };
      return (await client.updateTask({ id, ...reminders, scope: Scope.THIS_AND_FUTURE })).undoToken;
    }
    case "skip":
      return (await series.skipOccurrence({ taskId: id, reason: "no" })).undoToken;
    case "clear":
      return (await series.clearRecurrence({ taskId: id })).undoToken;
    case "set": {
      const { rrule, notInherited } = command;
      return (await series.setRecurrence({ taskId: id, recurrence: { rrule, notInherited } })).undoToken;
    }
    case "undo": {
      const undoToken = tokens[command.command % Math.max(tokens.length, 1)];
      return undoToken === undefined ? "" : (await client.undo({ undoToken })).undoToken;
    }
  }
}

async function deliver({ user }: Run, request: AdvanceRequest | undefined): Promise<void> {
  if (request !== undefined) await unlessSenseless(user.recurrence.advanceSeries(request));
}

async function againFor({ user, seriesId }: Run, zones: string): Promise<AdvanceRequest> {
  return againOf(required((await user.series.getSeries({ id: seriesId })).series), zones);
}

async function occurrences({ user }: Pick<Run, "user">): Promise<Task[]> {
  const all = await tasksOf(user, Trash.WITH);
  return all.filter(({ recurrenceId }) => recurrenceId !== "").sort(byRecurrence);
}

function byRecurrence(a: Task, b: Task): number {
  return a.recurrenceId < b.recurrenceId ? -1 : 1;
}

function isOpen({ status, deleteTime }: Task): boolean {
  return status === TaskStatus.OPEN && deleteTime === undefined;
}

/** What a user sees of the occurrences and of how they repeat. */
async function sight(run: Run) {
  const { series } = await run.user.series.getSeries({ id: run.seriesId });
  const tasks = (await occurrences(run)).map(
    ({ id, recurrenceId, status, title, reminderMinutes, deleteTime }) => ({
      ...{ id, recurrenceId, status, title, reminderMinutes, deleted: deleteTime !== undefined },
    }),
  );
  return { tasks, recurrence: series?.recurrence, template: series?.template };
}

async function requireSound(run: Run): Promise<void> {
  const [all, { series }] = [await occurrences(run), await run.user.series.getSeries({ id: run.seriesId })];
  const ids = all.map(({ recurrenceId }) => recurrenceId);
  expect(new Set(ids).size).toBe(ids.length);
  const { skipped = [], skippedCount, recurrenceId, version } = required(series);
  expect(skipped).toHaveLength(required(skippedCount));
  expect(ids).toContain(recurrenceId);
  const latest = required(all.find((task) => task.recurrenceId === recurrenceId));
  const due = dueBy(required(series), required(series).tzdata).toISOString();
  if (isOpen(latest)) expect(dueOf(latest)).toBe(due);
  const versions = (await eventsOf(bed, run.user.userId)).map(({ data }) => Number(data.series.version));
  expect(versions.toSorted((a, b) => a - b)).toEqual(versions.map((_, index) => index + 1));
  expect(versions).toHaveLength(Number(version));
}

/** What is told of the series tells whether its latest occurrence waits for the next one, in any order and repeated. */
async function requireKnown({ user, seriesId }: Run, order: readonly number[]): Promise<void> {
  const { series } = await user.series.getSeries({ id: seriesId });
  const events = await eventsOf(bed, user.userId);
  const places = [...events.keys()].sort(
    (a, b) => (order[a % order.length] ?? 0) - (order[b % order.length] ?? 0),
  );
  const mixed = [...places, ...places.slice(0, 3)].map((place) => required(events[place]));
  const known = required(knowledgeOf(mixed));
  expect(known).toEqual(knowledgeOf(events));
  expect(known.active).toBe(series?.state === State.ACTIVE);
  expect(known.tzdata).toBe(series?.tzdata);
  if (!known.active) return;
  const all = await occurrences({ user });
  const latest = required(all.find(({ recurrenceId }) => recurrenceId === series?.recurrenceId));
  expect(known.plan.recurrenceId).toBe(latest.recurrenceId);
  expect(known.fact?.done === undefined).toBe(isOpen(latest));
}

/** Lets the recurrence service ask until nothing is left to ask. */
async function settle(run: Run): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const pending = pendingFor(await eventsOf(bed, run.user.userId));
    if (pending === undefined) return;
    const { task: made } = await run.user.recurrence.advanceSeries(pending);
    if (made === undefined || isOpen(made)) return;
  }
}

describe("whatever is done to a series, and however late or often the recurrence service asks", () => {
  it("gives each occurrence once, tells every version once, and always comes to rest", async () => {
    const steps = fc.array(fc.tuple(commands, deliveries), { minLength: 3, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), orders, async (sequence, ends, order) => {
        forgetPublished(bed);
        const user = repeating(bed, newUser());
        const recurrence = { rrule: ends ? "FREQ=WEEKLY;COUNT=3" : "FREQ=WEEKLY" };
        const { series } = await weekly(user, { recurrence });
        const run: Run = { user, seriesId: series.id, tokens: [] };
        for (const [command, delivery] of sequence) {
          const before = await sight(run);
          const undoToken = (await unlessSenseless(perform(run, command, await occurrences(run)))) ?? "";
          if (undoToken !== "") {
            run.tokens.push(undoToken);
            const done = await sight(run);
            const undone = await user.client.undo({ undoToken });
            expect(await sight(run)).toEqual(before);
            run.tokens.push((await user.client.undo({ undoToken: undone.undoToken })).undoToken);
            expect(await sight(run)).toEqual(done);
          }
          const events = await eventsOf(bed, user.userId);
          const asked = advancesFor(events);
          if (delivery === "newest") await deliver(run, pendingFor(events));
          else if (typeof delivery === "object") await deliver(run, await againFor(run, delivery.zones));
          else if (delivery !== "nothing") await deliver(run, asked[delivery % Math.max(asked.length, 1)]);
          await requireSound(run);
          await requireKnown(run, order);
        }
        await settle(run);
        const { series: rested } = await user.series.getSeries({ id: series.id });
        const all = await occurrences(run);
        const latest = required(all.find(({ recurrenceId }) => recurrenceId === rested?.recurrenceId));
        if (rested?.state === State.ACTIVE) expect(isOpen(latest)).toBe(true);
        if (rested?.state === State.EXHAUSTED) expect(isOpen(latest)).toBe(false);
        for (const again of advancesFor(await eventsOf(bed, user.userId))) await deliver(run, again);
        expect(await occurrences(run)).toEqual(all);
        expect((await user.series.getSeries({ id: series.id })).series).toEqual(rested);
      }),
      { numRuns: 25, interruptAfterTimeLimit: 50_000 },
    );
  });
});
