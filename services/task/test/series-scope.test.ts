import {
  OccurrenceScope as Scope,
  Series_State as State,
  Recurrence_Trigger as Trigger,
} from "@todo/proto/todo/task/v1/series";
import { Priority, type Task } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, createTask, newUser, reasonOfFailure, required, startBed } from "./fixture.ts";
import {
  advanced,
  advanceOf,
  berlin,
  eventsOf,
  type Repeating,
  repeating,
  tasksOf,
  typesOf,
  weekly,
} from "./series-fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

/** A user with an open occurrence of a series by due date, and how the next one is made. */
async function byDueDate(): Promise<{ user: Repeating; task: Task; next: () => Promise<Task> }> {
  const user = repeating(bed, newUser());
  const { task } = await weekly(user, { recurrence: { trigger: Trigger.DUE } });
  const next = async () => {
    const { series: now } = await user.series.getSeries({ id: task.seriesId });
    return required((await user.recurrence.advanceSeries(advanceOf(required(now)))).task);
  };
  return { user, task, next };
}

/** A user with three open occurrences of one series, oldest first. */
async function threeOpen(): Promise<{ user: Repeating; tasks: [Task, Task, Task]; seriesId: string }> {
  const { user, task, next } = await byDueDate();
  return { user, tasks: [task, await next(), await next()], seriesId: task.seriesId };
}

async function titlesOf(user: Repeating): Promise<string[]> {
  const tasks = await tasksOf(user);
  return tasks.sort((a, b) => (a.recurrenceId < b.recurrenceId ? -1 : 1)).map(({ title }) => title);
}

const titled = { title: "Mop", updateMask: { paths: ["title"] } };

describe("an update of an occurrence", () => {
  it.each([
    ["alone by default", Scope.UNSPECIFIED, ["Tidy up", "Mop", "Tidy up"], "Tidy up"],
    ["alone", Scope.THIS, ["Tidy up", "Mop", "Tidy up"], "Tidy up"],
    ["and of those behind it", Scope.THIS_AND_FUTURE, ["Tidy up", "Mop", "Mop"], "Mop"],
    ["and of all that are open", Scope.ALL, ["Mop", "Mop", "Mop"], "Mop"],
  ])("%s changes what it says, and is one command to take back", async (_, scope, titles, template) => {
    const { user, tasks, seriesId } = await threeOpen();
    const { undoToken } = await user.client.updateTask({ id: tasks[1].id, ...titled, scope });
    const templateOf = async () => (await user.series.getSeries({ id: seriesId })).series?.template?.title;
    expect(await titlesOf(user)).toEqual(titles);
    expect(await templateOf()).toBe(template);
    await user.client.undo({ undoToken });
    expect(await titlesOf(user)).toEqual(["Tidy up", "Tidy up", "Tidy up"]);
    expect(await templateOf()).toBe("Tidy up");
  });

  it("reaches those that are made later, and not what is done", async () => {
    const user = repeating(bed, newUser());
    const { task } = await weekly(user);
    await user.client.completeTask({ id: task.id });
    const next = await advanced(bed, user);
    const priority = { priority: Priority.HIGH, updateMask: { paths: ["priority"] } };
    await user.client.updateTask({ id: next.id, ...priority, scope: Scope.ALL });
    await user.client.completeTask({ id: next.id });
    expect((await advanced(bed, user)).priority).toBe(Priority.HIGH);
    expect((await user.client.getTask({ id: task.id })).task?.priority).toBe(Priority.MEDIUM);
  });

  it("does not make void what was computed of the next one", async () => {
    const user = repeating(bed, newUser());
    const { task } = await weekly(user);
    await user.client.completeTask({ id: task.id });
    const { series } = await user.series.getSeries({ id: task.seriesId });
    await user.client.updateTask({ id: task.id, ...titled, scope: Scope.THIS_AND_FUTURE });
    const { task: next } = await user.recurrence.advanceSeries(advanceOf(required(series)));
    expect(next?.title).toBe("Mop");
  });

  it("that renames a tag renames it for those that are made later, until it is taken back", async () => {
    const user = repeating(bed, newUser());
    const { task } = await weekly(user, { task: { tags: ["home", "wet"] } });
    const { undoToken } = await user.client.renameTag({ name: "home", newName: "house" });
    await user.client.completeTask({ id: task.id });
    const next = await advanced(bed, user);
    expect(next.tags).toEqual(["house", "wet"]);
    await user.client.undo({ undoToken });
    await user.client.completeTask({ id: next.id });
    expect((await advanced(bed, user)).tags).toEqual(["home", "wet"]);
  });

  it("refuses a due date for many, and a task that does not repeat", async () => {
    const { user, tasks } = await threeOpen();
    const due = { due: berlin("2026-03-03T08:00:00Z"), updateMask: { paths: ["due"] } };
    const scope = Scope.ALL;
    expect(await reasonOfFailure(user.client.updateTask({ id: tasks[0].id, ...due, scope }))).toBe(
      "REQUEST_INVALID",
    );
    const { id } = await createTask(user.client);
    expect(await reasonOfFailure(user.client.updateTask({ id, ...titled, scope }))).toBe(
      "TASK_NOT_RECURRING",
    );
  });
});

describe("deleting an occurrence", () => {
  it.each([
    ["and those behind it", Scope.THIS_AND_FUTURE, 1],
    ["and all that are open", Scope.ALL, 0],
  ])("%s ends the series, and is one command to take back", async (_, scope, left) => {
    const { user, tasks, seriesId } = await threeOpen();
    const { undoToken } = await user.client.deleteTask({ id: tasks[1].id, scope });
    const stateOf = async () => (await user.series.getSeries({ id: seriesId })).series?.state;
    const open = await tasksOf(user);
    expect(open).toHaveLength(left);
    expect(open.filter(({ isRecurring }) => isRecurring)).toEqual([]);
    expect(await stateOf()).toBe(State.ENDED);
    const types = typesOf(await eventsOf(bed, user.userId));
    expect(types.slice(types.indexOf("SeriesEnded"))).toEqual(["SeriesEnded"]);
    await user.client.undo({ undoToken });
    const back = await tasksOf(user);
    expect(back).toHaveLength(3);
    expect(back.every(({ isRecurring }) => isRecurring)).toBe(true);
    expect(await stateOf()).toBe(State.ACTIVE);
    expect(await tasksOf(user, Trash.ONLY)).toEqual([]);
  });

  it("reaches all of very many", async () => {
    const { user, task, next } = await byDueDate();
    for (let made = 1; made < 130; made++) await next();
    await user.client.deleteTask({ id: task.id, scope: Scope.ALL });
    expect(await tasksOf(user)).toEqual([]);
  }, 180_000);
});
