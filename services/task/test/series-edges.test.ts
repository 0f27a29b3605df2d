import { Recurrence_Trigger as Trigger } from "@todo/proto/todo/task/v1/series";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Bed,
  count,
  createTask,
  newUser,
  reasonOfFailure,
  required,
  startBed,
  until,
} from "./fixture.ts";
import {
  advanced,
  advanceOf,
  advancesFor,
  berlin,
  eventsOf,
  repeating,
  typesOf,
  weekly,
} from "./series-fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

const someone = () => repeating(bed, newUser());
const daily = { rrule: "FREQ=DAILY" };
type Someone = ReturnType<typeof someone>;

/** An occurrence on the 9th that was made and taken back, so that that of the 2nd is open, and a task that waits for it. */
async function takenBack(user: Someone): Promise<{ task: Task; gone: Task; waiting: Task }> {
  const { task } = await weekly(user);
  const { undoToken } = await user.client.completeTask({ id: task.id });
  const gone = await advanced(bed, user);
  const waiting = await createTask(user.client, { dependsOn: [gone.id] });
  await user.client.undo({ undoToken });
  return { task, gone, waiting };
}

/** Completes occurrences until the latest is that of a time. */
async function completedUpTo(user: Someone, from: Task, recurrenceId: string): Promise<Task> {
  let task = from;
  while (task.recurrenceId < recurrenceId) {
    await user.client.completeTask({ id: task.id });
    task = await advanced(bed, user);
  }
  return task;
}

async function dueAt({ client }: Someone, { id }: Task, time: string): Promise<void> {
  await client.updateTask({ id, updateMask: { paths: ["due"] }, due: berlin(time) });
}

async function purged({ client }: Someone, { id }: Task): Promise<void> {
  await client.deleteTask({ id });
  await bed.admin.query("delete from task.task where id = $1", [id]);
}

describe("an occurrence that was made and taken back", () => {
  it("comes again where a rule that was changed since gets to its time", async () => {
    const user = someone();
    const { task, gone } = await takenBack(user);
    await user.series.setRecurrence({ taskId: task.id, recurrence: daily });
    const there = await completedUpTo(user, task, gone.recurrenceId);
    expect(there).toMatchObject({ id: gone.id, status: TaskStatus.OPEN });
    await user.client.completeTask({ id: there.id });
    expect((await advanced(bed, user)).recurrenceId).toBe("2026-03-10T09:00:00");
  });

  it("is where the series gets to if it was restored in the meantime, and is gone beyond if it was done", async () => {
    const user = someone();
    const { task, gone } = await takenBack(user);
    await user.series.setRecurrence({ taskId: task.id, recurrence: daily });
    const latest = await completedUpTo(user, task, "2026-03-04T09:00:00");
    await user.client.restoreTask({ id: gone.id });
    const there = await completedUpTo(user, latest, gone.recurrenceId);
    expect(there.id).toBe(gone.id);
    await user.client.completeTask({ id: gone.id });
    expect((await advanced(bed, user)).recurrenceId).toBe("2026-03-10T09:00:00");
  });

  it("is passed if it was restored and done before the series gets to its time", async () => {
    const user = someone();
    const { task, gone } = await takenBack(user);
    await user.series.setRecurrence({ taskId: task.id, recurrence: daily });
    const latest = await completedUpTo(user, task, "2026-03-04T09:00:00");
    await user.client.restoreTask({ id: gone.id });
    await user.client.completeTask({ id: gone.id });
    expect(await completedUpTo(user, latest, gone.recurrenceId)).toMatchObject({
      id: gone.id,
      status: TaskStatus.COMPLETED,
    });
    expect((await advanced(bed, user)).recurrenceId).toBe("2026-03-10T09:00:00");
  });

  it("becomes a task of its own where the series is moved to its time", async () => {
    const user = someone();
    const { task, gone } = await takenBack(user);
    await dueAt(user, task, "2026-03-09T08:00:00Z");
    const moved = await user.series.setRecurrence({ taskId: task.id, recurrence: daily });
    expect(moved.task?.recurrenceId).toBe(gone.recurrenceId);
    const left = async () => (await user.client.getTask({ id: gone.id })).task;
    expect(await left()).toMatchObject({ seriesId: "", recurrenceId: "", isRecurring: false });
    await user.client.undo({ undoToken: moved.undoToken });
    expect((await user.client.getTask({ id: task.id })).task?.recurrenceId).toBe(task.recurrenceId);
    expect((await left())?.recurrenceId).toBe(gone.recurrenceId);
  });

  it("waits for nothing that waits for itself when it comes again", async () => {
    const user = someone();
    const { task, gone, waiting } = await takenBack(user);
    await user.client.updateTask({
      id: task.id,
      updateMask: { paths: ["depends_on"] },
      dependsOn: [waiting.id],
    });
    await user.client.completeTask({ id: task.id, ignoreBlockers: true });
    expect(await advanced(bed, user)).toMatchObject({ id: gone.id, dependsOn: [], blocked: false });
  });

  it("keeps its time where it was restored in the meantime", async () => {
    const user = someone();
    const { task, gone } = await takenBack(user);
    await user.series.setRecurrence({ taskId: task.id, recurrence: daily });
    const latest = await completedUpTo(user, task, "2026-03-04T09:00:00");
    await user.client.restoreTask({ id: gone.id });
    await dueAt(user, latest, "2026-03-09T08:00:00Z");
    const asked = user.series.setRecurrence({ taskId: latest.id, recurrence: { rrule: "FREQ=WEEKLY" } });
    expect(await reasonOfFailure(asked)).toBe("OCCURRENCE_TAKEN");
  });
});

describe("a series by due date", () => {
  it("goes on at once where it is to go by completion, and its latest occurrence was purged", async () => {
    const user = someone();
    const { task, series } = await weekly(user, { recurrence: { trigger: Trigger.DUE } });
    const { task: latest } = await user.recurrence.advanceSeries(advanceOf(series));
    await purged(user, required(latest));
    await user.series.setRecurrence({ taskId: task.id, recurrence: { rrule: "FREQ=WEEKLY" } });
    expect((await advanced(bed, user)).recurrenceId).toBe("2026-03-16T09:00:00");
  });

  it("goes on after an occurrence that was purged [R019]", async () => {
    const user = someone();
    const { task } = await weekly(user, { recurrence: { trigger: Trigger.DUE } });
    await purged(user, task);
    const { series } = await user.series.getSeries({ id: task.seriesId });
    const { task: next } = await user.recurrence.advanceSeries(advanceOf(required(series)));
    expect(next).toMatchObject({ title: "Tidy up", recurrenceId: "2026-03-09T09:00:00" });
  });
});

describe("a series whose latest occurrence lies in the trash with the task above it", () => {
  /** A series within another task. */
  async function resting(user: Someone, recurrence: object) {
    const whole = await createTask(user.client, { title: "House" });
    const { task } = await weekly(user, { task: { subtaskOf: whole.id }, recurrence });
    return { whole, task };
  }
  const seriesNow = async (user: Someone, { seriesId }: Task) =>
    required((await user.series.getSeries({ id: seriesId })).series);

  it("rests, and goes on with it where it goes by due date", async () => {
    const user = someone();
    const { whole, task } = await resting(user, { trigger: Trigger.DUE });
    await user.client.completeTask({ id: task.id });
    await user.client.deleteTask({ id: whole.id });
    const asked = async () => user.recurrence.advanceSeries(advanceOf(await seriesNow(user, task)));
    expect(await reasonOfFailure(asked())).toBe("SERIES_OVERTAKEN");
    const told = (await eventsOf(bed, user.userId)).length;
    await user.client.restoreTask({ id: whole.id });
    expect(typesOf((await eventsOf(bed, user.userId)).slice(told))).toEqual([
      "SeriesChanged",
      "OccurrenceCompleted",
    ]);
    expect((await asked()).task?.subtaskOf).toBe(whole.id);
  });

  it("rests, and what was done of it is told once more, where it goes by completion", async () => {
    const user = someone();
    const { whole, task } = await resting(user, {});
    await user.client.completeTask({ id: task.id });
    const { undoToken } = await user.client.deleteTask({ id: whole.id });
    expect(await reasonOfFailure(advanced(bed, user))).toBe("SERIES_OVERTAKEN");
    await user.client.undo({ undoToken });
    expect((await advanced(bed, user)).subtaskOf).toBe(whole.id);
  });

  it("does not rest where that was left out and comes again", async () => {
    const user = someone();
    const { task: whole } = await weekly(user, { task: { title: "House" } });
    const { task } = await weekly(user, {
      task: { subtaskOf: whole.id },
      recurrence: { rrule: "FREQ=DAILY", trigger: Trigger.DUE },
    });
    await user.client.completeTask({ id: task.id });
    await user.client.deleteTask({ id: whole.id });
    const { task: again } = await user.recurrence.advanceSeries(advanceOf(await seriesNow(user, whole)));
    const { task: next } = await user.recurrence.advanceSeries(advanceOf(await seriesNow(user, task)));
    expect(next?.subtaskOf).toBe(required(again).id);
  });

  it("ends when it is purged with it", async () => {
    await using own = await startBed({ purgeMs: 100 });
    const user = repeating(own, newUser());
    const { whole, task } = await resting(user, { trigger: Trigger.DUE });
    await user.client.deleteTask({ id: whole.id });
    own.clock.advance(31 * 86_400_000);
    await until(async () => (await count(own.admin, "task", user.userId)) === 0);
    expect(await reasonOfFailure(seriesNow(user, task))).toBe("SERIES_NOT_FOUND");
    expect(typesOf(await eventsOf(own, user.userId)).at(-1)).toBe("SeriesEnded");
  });
});

it("a user without room for another task gets the next one once there is, whatever made room", async () => {
  await using tight = await startBed({ taskQuota: 2, purgeMs: 100 });
  const user = repeating(tight, newUser());
  const { task } = await weekly(user);
  await createTask(user.client);
  await user.client.completeTask({ id: task.id });
  const [request] = advancesFor(await eventsOf(tight, user.userId));
  const asked = () => user.recurrence.advanceSeries(required(request));
  expect(await reasonOfFailure(asked())).toBe("TASK_QUOTA_EXCEEDED");
  await user.client.deleteTask({ id: task.id });
  expect(await reasonOfFailure(asked())).toBe("TASK_QUOTA_EXCEEDED");
  tight.clock.advance(31 * 86_400_000);
  await until(async () => (await count(tight.admin, "task", user.userId)) === 1);
  expect((await asked()).task).toMatchObject({ recurrenceId: "2026-03-09T09:00:00" });
});
