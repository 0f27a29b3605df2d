import { BadRequestSchema } from "@todo/proto/google/rpc/error_details";
import {
  Recurrence_Inheritable as Inheritable,
  OccurrenceScope as Scope,
  Recurrence_Trigger as Trigger,
} from "@todo/proto/todo/task/v1/series";
import { TaskStatus } from "@todo/proto/todo/task/v1/task";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, createTask, failureOf, newUser, reasonOfFailure, startBed } from "./fixture.ts";
import {
  advanced,
  advanceOf,
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

const someone = () => repeating(bed, newUser());

/** A task that repeats and waits for another one, with two parts: one waits for the other and for what is outside. */
async function configured(user: Repeating, notInherited: Inheritable[]) {
  const outside = await createTask(user.client, { title: "Buy soap" });
  const reminderMinutes = [30];
  const { task, series } = await weekly(user, {
    task: { dependsOn: [outside.id], reminderMinutes },
    recurrence: { notInherited },
  });
  const sort = await createTask(user.client, { title: "Sort", subtaskOf: task.id, reminderMinutes });
  const dependsOn = [sort.id, outside.id];
  await createTask(user.client, { title: "Wash", subtaskOf: task.id, dependsOn });
  return { outside, task, series };
}

async function openPartsOf(user: Repeating, { id }: { id: string }) {
  const parts = (await tasksOf(user)).filter(({ subtaskOf }) => subtaskOf === id);
  return new Map(parts.map((part) => [part.title, part]));
}

async function setInherited(user: Repeating, taskId: string, notInherited: Inheritable[]) {
  const recurrence = { rrule: "FREQ=WEEKLY", notInherited };
  return user.series.setRecurrence({ taskId, recurrence });
}

describe("what the next occurrence takes over", () => {
  it.each<[what: string, not: Inheritable[], parts: string[], waits: boolean, reminders: number[]]>([
    ["everything, if nothing else is said", [], ["Sort", "Wash"], true, [30]],
    ["no sub-tasks, if they are left out", [Inheritable.SUBTASKS], [], true, [30]],
    ["nothing to wait for, if that is left out", [Inheritable.DEPENDENCIES], ["Sort", "Wash"], false, [30]],
    ["no reminders, if they are left out", [Inheritable.REMINDERS], ["Sort", "Wash"], true, []],
    ["none of these, if all are", [3, 2, 1], [], false, []],
  ])("is %s", async (_, not, titles, waits, reminderMinutes) => {
    const user = someone();
    const { outside, task, series } = await configured(user, not);
    expect(series.recurrence?.notInherited).toEqual(not.toSorted());
    await user.client.completeTask({ id: task.id, ignoreBlockers: true });
    const next = await advanced(bed, user);
    expect(next).toMatchObject({ dependsOn: waits ? [outside.id] : [], blocked: waits, reminderMinutes });
    expect(next.subtaskCount).toBe(titles.length);
    const parts = await openPartsOf(user, next);
    expect([...parts.keys()].sort()).toEqual(titles);
    const own = parts.get("Sort")?.id;
    expect(parts.get("Sort")?.reminderMinutes).toEqual(own && reminderMinutes);
    expect(parts.get("Wash")?.dependsOn).toEqual(own && (waits ? [own, outside.id] : [own]));
  });

  it("can be said anew without making void what was computed", async () => {
    const user = someone();
    const trigger = Trigger.DUE;
    const { task, series } = await weekly(user, { recurrence: { trigger } });
    await createTask(user.client, { subtaskOf: task.id });
    const notInherited = [Inheritable.SUBTASKS];
    await user.series.setRecurrence({
      taskId: task.id,
      recurrence: { rrule: "FREQ=WEEKLY", trigger, notInherited },
    });
    const { task: next } = await user.recurrence.advanceSeries(advanceOf(series));
    expect(next?.subtaskCount).toBe(0);
  });

  it("is told with the series, and a change of it is taken back by one undo", async () => {
    const user = someone();
    const { task, series } = await configured(user, []);
    const { undoToken, series: changed } = await setInherited(user, task.id, [Inheritable.SUBTASKS]);
    expect(changed?.recurrence?.notInherited).toEqual([Inheritable.SUBTASKS]);
    const stored = async () => (await user.series.getSeries({ id: series.id })).series;
    expect(await stored()).toEqual(changed);
    expect((await eventsOf(bed, user.userId)).at(-1)?.data.series).toMatchObject({
      recurrence: { notInherited: ["INHERITABLE_SUBTASKS"] },
    });
    expect((await setInherited(user, task.id, [Inheritable.SUBTASKS])).undoToken).toBe("");
    const { undoToken: again } = await user.client.undo({ undoToken });
    expect((await stored())?.recurrence?.notInherited).toEqual([]);
    await user.client.undo({ undoToken: again });
    expect((await stored())?.recurrence?.notInherited).toEqual([Inheritable.SUBTASKS]);
    await setInherited(user, task.id, []);
    expect(await reasonOfFailure(user.client.undo({ undoToken }))).toBe("UNDO_OVERTAKEN");
  });

  it("is kept by a change of the template", async () => {
    const user = someone();
    const { task, series } = await configured(user, [Inheritable.SUBTASKS]);
    const title = { title: "Mop", updateMask: { paths: ["title"] } };
    await user.client.updateTask({ id: task.id, ...title, scope: Scope.ALL });
    const { series: changed } = await user.series.getSeries({ id: series.id });
    expect(changed).toMatchObject({
      template: { title: "Mop" },
      recurrence: { notInherited: [Inheritable.SUBTASKS] },
    });
  });

  it("holds for one that comes back after it was taken back too", async () => {
    const user = someone();
    const { task } = await configured(user, []);
    const { undoToken } = await user.client.completeTask({ id: task.id, ignoreBlockers: true });
    const next = await advanced(bed, user);
    await user.client.undo({ undoToken });
    await setInherited(user, task.id, [Inheritable.SUBTASKS, Inheritable.DEPENDENCIES]);
    await user.client.completeTask({ id: task.id, ignoreBlockers: true });
    const back = await advanced(bed, user);
    expect(back).toMatchObject({ id: next.id, subtaskCount: 0, dependsOn: [], status: TaskStatus.OPEN });
    expect(await openPartsOf(user, back)).toEqual(new Map());
    await user.client.reopenTask({ id: task.id });
    expect((await user.client.getTask({ id: next.id })).task?.deleteTime).toBeDefined();
  });

  it.each([
    ["twice", [Inheritable.SUBTASKS, Inheritable.SUBTASKS], "recurrence.not_inherited"],
    ["that is nothing", [Inheritable.UNSPECIFIED], "recurrence.not_inherited[0]"],
    ["that nobody knows", [9 as Inheritable], "recurrence.not_inherited[0]"],
  ])("is refused if something is named %s", async (_, not, field) => {
    const user = someone();
    const { id } = await createTask(user.client);
    const failure = await failureOf(setInherited(user, id, not));
    const violations = failure.findDetails(BadRequestSchema).flatMap((bad) => bad.fieldViolations);
    expect(violations.map((violation) => violation.field)).toEqual([field]);
  });
});
