import { create } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { ErrorInfoSchema } from "@todo/proto/google/rpc/error_details";
import {
  Recurrence_Anchor as Anchor,
  Recurrence_Missed as Missed,
  Series_State as State,
  Recurrence_Trigger as Trigger,
} from "@todo/proto/todo/task/v1/series";
import { DueSchema, Priority, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import { BatchUpdateTasksRequest_Transition } from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, createTask, failureOf, newUser, reasonOfFailure, required, startBed } from "./fixture.ts";
import {
  advanced,
  advanceOf,
  advancesFor,
  berlin,
  dueOf,
  eventsOf,
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

const someone = () => repeating(bed, newUser());
const recurringTypes = async (userId: string) => typesOf(await eventsOf(bed, userId));

describe("SetRecurrence", () => {
  it("makes a task the first occurrence, and tells when the next one falls due [R018]", async () => {
    const user = someone();
    const { task, series } = await weekly(user);
    expect(task).toMatchObject({
      seriesId: series.id,
      recurrenceId: "2026-03-02T09:00:00",
      parentTaskId: "",
      isRecurring: true,
      rrulePattern: "FREQ=WEEKLY",
    });
    expect(timestampDate(required(task.nextOccurrence))).toEqual(new Date("2026-03-09T08:00:00Z"));
    expect(series).toMatchObject({
      state: State.ACTIVE,
      number: 1,
      version: 1n,
      firstTaskId: task.id,
      streamId: task.streamId,
      template: { title: "Tidy up", allDay: false },
      recurrence: { dtstart: "2026-03-02T09:00:00", tzid: "Europe/Berlin", anchor: Anchor.SCHEDULE },
    });
    expect((await user.series.getSeries({ id: series.id })).series).toEqual(series);
    expect((await user.client.getTask({ id: task.id })).task).toEqual(task);
    expect(await recurringTypes(user.userId)).toEqual(["SeriesChanged"]);
  });

  it("gives a task without a due date the first occurrence of the rule", async () => {
    const user = someone();
    const { task, series } = await weekly(user, {
      task: { title: "x", due: undefined as never },
      recurrence: { rrule: "FREQ=WEEKLY;BYDAY=FR;BYHOUR=17;BYMINUTE=0;BYSECOND=0" },
    });
    expect(dueOf(task)).toBe("2026-03-06T17:00:00.000Z");
    expect(series).toMatchObject({ recurrenceId: "2026-03-06T17:00:00", number: 1 });
  });

  it("passes on what is wrong with a rule, and where [R016]", async () => {
    const { client, series } = someone();
    const { id: taskId } = await createTask(client);
    const failure = await failureOf(
      series.setRecurrence({ taskId, recurrence: { rrule: "FREQ=DAILY;BYMONTH=1,13" } }),
    );
    expect(failure.findDetails(ErrorInfoSchema)[0]).toMatchObject({
      reason: "RULE_VALUE_INVALID",
      metadata: { part: "BYMONTH", start: "21", end: "23" },
    });
    expect((await client.getTask({ id: taskId })).task?.isRecurring).toBe(false);
  });

  it("changes the rule of the series, from its latest occurrence on", async () => {
    const user = someone();
    const { task } = await weekly(user);
    const changed = await user.series.setRecurrence({
      taskId: task.id,
      recurrence: { rrule: "FREQ=DAILY", anchor: Anchor.COMPLETION },
    });
    expect(changed.series).toMatchObject({
      id: task.seriesId,
      version: 2n,
      recurrence: { rrule: "FREQ=DAILY" },
    });
    expect(changed.task).toMatchObject({ rrulePattern: "FREQ=DAILY", recurrenceId: "2026-03-02T09:00:00" });
    await user.client.undo({ undoToken: changed.undoToken });
    const { series } = await user.series.getSeries({ id: task.seriesId });
    expect(series).toMatchObject({ recurrence: { rrule: "FREQ=WEEKLY", anchor: Anchor.SCHEDULE } });
    expect((await user.client.getTask({ id: task.id })).task?.rrulePattern).toBe("FREQ=WEEKLY");
  });

  it.each([
    ["how it repeats", "FREQ=WEEKLY", "2026-03-16T08:00:00.000Z"],
    ["the rule", "FREQ=DAILY", "2026-03-10T08:00:00.000Z"],
    ["the rule to one that is over", "FREQ=DAILY;COUNT=3", undefined],
  ])(
    "changes %s of a series that began before, with what comes behind its latest occurrence",
    async (_, rrule, next) => {
      const user = someone();
      const { series } = await weekly(user);
      await user.client.completeTask({ id: series.firstTaskId });
      const second = await advanced(bed, user);
      const { task } = await user.series.setRecurrence({
        taskId: second.id,
        recurrence: { ...required(series.recurrence), rrule, missed: Missed.SKIP_TO_NEXT },
      });
      expect(task).toMatchObject({ recurrenceId: "2026-03-09T09:00:00", rrulePattern: rrule });
      expect(task?.nextOccurrence && timestampDate(task.nextOccurrence).toISOString()).toBe(next);
    },
  );

  it("is taken back whole, and done again", async () => {
    const user = someone();
    const { task, undoToken } = await weekly(user);
    const undone = await user.client.undo({ undoToken });
    expect(undone.tasks).toMatchObject([
      { isRecurring: false, seriesId: "", recurrenceId: "", rrulePattern: "" },
    ]);
    expect(await recurringTypes(user.userId)).toEqual(["SeriesChanged", "SeriesEnded"]);
    const { tasks } = await user.client.undo({ undoToken: undone.undoToken });
    expect(tasks).toMatchObject([{ isRecurring: true, seriesId: task.seriesId }]);
    expect((await user.series.getSeries({ id: task.seriesId })).series?.state).toBe(State.ACTIVE);
  });

  it("refuses what is done, what is in the trash, and what belongs to somebody else", async () => {
    const { client, series } = someone();
    const recurrence = { rrule: "FREQ=DAILY" };
    const [done, gone] = [await createTask(client), await createTask(client)];
    await client.completeTask({ id: done.id });
    await client.deleteTask({ id: gone.id });
    const asked = (taskId: string, by = series) => reasonOfFailure(by.setRecurrence({ taskId, recurrence }));
    expect(await asked(done.id)).toBe("TASK_NOT_OPEN");
    expect(await asked(gone.id)).toBe("TASK_DELETED");
    expect(await asked((await createTask(client)).id, someone().series)).toBe("TASK_NOT_FOUND");
  });
});

describe("completing an occurrence", () => {
  it("is told, and the next one is made with all that it takes over [R019] [R020] [R021]", async () => {
    const user = someone();
    const { task } = await weekly(user, {
      task: { description: "all of it", priority: Priority.HIGH, tags: ["home"] },
    });
    bed.clock.advance(1_000);
    await user.client.completeTask({ id: task.id });
    const next = await advanced(bed, user);
    expect(next).toMatchObject({
      title: "Tidy up",
      description: "all of it",
      priority: Priority.HIGH,
      tags: ["home"],
      status: TaskStatus.OPEN,
      rrulePattern: "FREQ=WEEKLY",
      recurrenceId: "2026-03-09T09:00:00",
      seriesId: task.seriesId,
      parentTaskId: task.id,
      streamId: task.streamId,
      isRecurring: true,
    });
    expect(dueOf(next)).toBe("2026-03-09T08:00:00.000Z");
    expect(timestampDate(required(next.nextOccurrence))).toEqual(new Date("2026-03-16T08:00:00Z"));
    const events = await eventsOf(bed, user.userId);
    expect(typesOf(events)).toEqual(["SeriesChanged", "OccurrenceCompleted", "OccurrenceCreated"]);
    expect(events.map(({ data }) => data.series.version)).toEqual(["1", "2", "3"]);
    const done = required((await user.client.getTask({ id: task.id })).task);
    expect(done).toMatchObject({ status: TaskStatus.COMPLETED, recurrenceId: "2026-03-02T09:00:00" });
  });

  it.each([
    ["a day", { case: "allDay" as const, value: "2026-03-02" }, "2026-03-09"],
    [
      "a time wherever the user is",
      { case: "floating" as const, value: "2026-03-02T09:30:00" },
      "2026-03-09T09:30:00",
    ],
  ])("makes the next one due on %s as well", async (_, kind, expected) => {
    const user = someone();
    const { task } = await weekly(user, { task: { due: create(DueSchema, { kind }) } });
    await user.client.completeTask({ id: task.id });
    expect(dueOf(await advanced(bed, user))).toBe(expected);
  });

  it("keeps the time of day over a change of clocks", async () => {
    const user = someone();
    const { task } = await weekly(user, { task: { due: berlin("2026-03-23T08:00:00Z") } });
    await user.client.completeTask({ id: task.id });
    expect(dueOf(await advanced(bed, user))).toBe("2026-03-30T07:00:00.000Z");
  });

  it("makes its parts anew, to be done again, as much later and waiting for each other", async () => {
    const user = someone();
    const { task } = await weekly(user, { task: { completeWithSubtasks: true } });
    const first = await createTask(user.client, {
      title: "Sort",
      subtaskOf: task.id,
      due: berlin("2026-03-01T08:00:00Z"),
    });
    await createTask(user.client, { title: "Clean", subtaskOf: task.id, dependsOn: [first.id] });
    await createTask(user.client, { title: "Wring", subtaskOf: first.id });
    await user.client.completeTask({ id: task.id, ignoreBlockers: true });
    const next = await advanced(bed, user);
    expect(next).toMatchObject({ subtaskCount: 2, completedSubtaskCount: 0, completeWithSubtasks: true });
    const parts = (await tasksOf(user)).filter(
      ({ status, id }) => status === TaskStatus.OPEN && id !== next.id,
    );
    const named = (title: string) => required(parts.find((part) => part.title === title));
    expect(parts).toHaveLength(3);
    expect(named("Clean")).toMatchObject({
      subtaskOf: next.id,
      dependsOn: [named("Sort").id],
      blocked: true,
    });
    expect(named("Wring").subtaskOf).toBe(named("Sort").id);
    expect(dueOf(named("Sort"))).toBe("2026-03-08T08:00:00.000Z");
  });

  it("is the same by a batch, and where the last part completes the whole", async () => {
    const user = someone();
    const whole = await weekly(user, { task: { completeWithSubtasks: true } });
    const part = await createTask(user.client, { subtaskOf: whole.task.id });
    const other = await weekly(user);
    await user.client.batchUpdateTasks({
      selection: { case: "targets", value: { targets: [{ id: part.id }, { id: other.task.id }] } },
      action: { case: "transition", value: BatchUpdateTasksRequest_Transition.COMPLETE },
    });
    const told = await eventsOf(bed, user.userId);
    const done = told.filter(({ type }) => type.endsWith("OccurrenceCompleted"));
    expect(new Set(done.map(({ subject }) => subject))).toEqual(new Set([whole.task.id, other.task.id]));
  });

  it("gives one next task however often and by whatever process it is asked for", async () => {
    const user = someone();
    const { task } = await weekly(user);
    await using another = await bed.startAnother();
    const both = [user, repeating(bed, user.userId, another)];
    let id = task.id;
    for (let round = 1; round <= 10; round++) {
      await Promise.all(both.map(({ client }) => client.completeTask({ id })));
      const asked = advancesFor(await eventsOf(bed, user.userId));
      expect(asked).toHaveLength(round);
      const answers = await Promise.all(
        [...both, ...both, ...both].map(({ recurrence }) => recurrence.advanceSeries(required(asked.at(-1)))),
      );
      const ids = new Set(answers.map((answer) => required(answer.task).id));
      expect(ids.size).toBe(1);
      expect(await tasksOf(user, Trash.WITH)).toHaveLength(round + 1);
      [id = ""] = ids;
    }
  });

  it("ends the series once the rule has no further occurrence, and taking it back goes on [R022]", async () => {
    const user = someone();
    const { task, series } = await weekly(user, { recurrence: { rrule: "FREQ=WEEKLY;COUNT=2" } });
    await user.client.completeTask({ id: task.id });
    const last = await advanced(bed, user);
    const { undoToken } = await user.client.completeTask({ id: last.id });
    const request = required(advancesFor(await eventsOf(bed, user.userId)).at(-1));
    expect(request.outcome?.case).toBe("exhausted");
    for (const _ of [1, 2]) expect((await user.recurrence.advanceSeries(request)).task).toBeUndefined();
    const state = async () => (await user.series.getSeries({ id: series.id })).series?.state;
    expect(await state()).toBe(State.EXHAUSTED);
    expect((await recurringTypes(user.userId)).filter((type) => type === "SeriesExhausted")).toHaveLength(1);
    expect((await user.client.getTask({ id: last.id })).task?.isRecurring).toBe(false);
    await user.client.undo({ undoToken });
    expect(await state()).toBe(State.ACTIVE);
    expect((await user.client.getTask({ id: last.id })).task?.isRecurring).toBe(true);
    expect(await reasonOfFailure(user.recurrence.advanceSeries(request))).toBe("SERIES_OVERTAKEN");
  });
});

describe("taking a completion back", () => {
  it("takes the next one with it, and doing it again brings the same one back", async () => {
    const user = someone();
    const { task } = await weekly(user);
    const part = await createTask(user.client, { title: "part", subtaskOf: task.id });
    const { undoToken } = await user.client.completeTask({ id: task.id });
    const next = await advanced(bed, user);
    await user.client.undo({ undoToken });
    expect(new Set((await tasksOf(user)).map(({ id }) => id))).toEqual(new Set([task.id, part.id]));
    const { series } = await user.series.getSeries({ id: task.seriesId });
    expect(series).toMatchObject({ recurrenceId: "2026-03-02T09:00:00", number: 1, state: State.ACTIVE });
    expect((await recurringTypes(user.userId)).at(-1)).toBe("OccurrenceReopened");
    await user.client.completeTask({ id: task.id });
    expect((await advanced(bed, user)).id).toBe(next.id);
    expect(await tasksOf(user, Trash.WITH)).toHaveLength(4);
    expect(await tasksOf(user)).toHaveLength(4);
  });

  it("is the same by ReopenTask, and both are undone at once", async () => {
    const user = someone();
    const { task } = await weekly(user);
    await user.client.completeTask({ id: task.id });
    const next = await advanced(bed, user);
    const { undoToken } = await user.client.reopenTask({ id: task.id });
    expect((await user.client.getTask({ id: next.id })).task?.deleteTime).toBeDefined();
    await user.client.undo({ undoToken });
    expect((await user.client.getTask({ id: next.id })).task?.deleteTime).toBeUndefined();
    const { series } = await user.series.getSeries({ id: task.seriesId });
    expect(series?.recurrenceId).toBe(next.recurrenceId);
    expect((await advanced(bed, user)).id).toBe(next.id);
  });

  it("leaves the next one alone if somebody changed it since", async () => {
    const user = someone();
    const { task } = await weekly(user);
    const { undoToken } = await user.client.completeTask({ id: task.id });
    const next = await advanced(bed, user);
    await user.client.updateTask({ id: next.id, updateMask: { paths: ["title"] }, title: "mine" });
    await user.client.undo({ undoToken });
    const open = (await tasksOf(user)).filter(({ status }) => status === TaskStatus.OPEN);
    expect(open.map(({ title }) => title).sort()).toEqual(["Tidy up", "mine"]);
    await user.client.completeTask({ id: task.id });
    expect(await tasksOf(user, Trash.WITH)).toHaveLength(2);
  });

  it("before the next one came makes none, and doing it again makes one", async () => {
    const user = someone();
    const { task } = await weekly(user);
    const { undoToken } = await user.client.completeTask({ id: task.id });
    const late = required(advancesFor(await eventsOf(bed, user.userId))[0]);
    await user.client.undo({ undoToken });
    expect(await reasonOfFailure(user.recurrence.advanceSeries(late))).toBe("SERIES_OVERTAKEN");
    await user.client.completeTask({ id: task.id });
    expect(await reasonOfFailure(user.recurrence.advanceSeries(late))).toBe("SERIES_OVERTAKEN");
    await advanced(bed, user);
    expect(await tasksOf(user, Trash.WITH)).toHaveLength(2);
  });
});

describe("SkipOccurrence", () => {
  it("leaves an occurrence out with its open parts, keeps why, and the next one follows", async () => {
    const user = someone();
    const { task } = await weekly(user);
    await createTask(user.client, { subtaskOf: task.id });
    const skipped = await user.series.skipOccurrence({ taskId: task.id, reason: "on holiday" });
    expect(skipped.task).toMatchObject({ status: TaskStatus.SKIPPED, completedSubtaskCount: 1 });
    expect(skipped.task?.completeTime).toBeUndefined();
    const events = await eventsOf(bed, user.userId);
    expect(events.at(-1)?.data).toMatchObject({ reason: "on holiday", recurrenceId: task.recurrenceId });
    const next = await advanced(bed, user);
    expect(next.recurrenceId).toBe("2026-03-09T09:00:00");
    const after = async () => (await user.series.getSeries({ id: task.seriesId })).series;
    expect(await after()).toMatchObject({
      skippedCount: 1,
      skipped: [{ recurrenceId: task.recurrenceId, reason: "on holiday" }],
    });
    await user.client.undo({ undoToken: skipped.undoToken });
    expect(await after()).toMatchObject({ skippedCount: 0, skipped: [], recurrenceId: task.recurrenceId });
    expect(await tasksOf(user)).toHaveLength(2);
  });

  it("is what deleting an open occurrence comes to, and restoring it takes that back", async () => {
    const user = someone();
    const { task } = await weekly(user);
    const part = await createTask(user.client, { subtaskOf: task.id });
    await user.client.deleteTask({ id: task.id });
    expect((await recurringTypes(user.userId)).at(-1)).toBe("OccurrenceSkipped");
    const next = await advanced(bed, user);
    expect(next).toMatchObject({ subtaskCount: 1, completedSubtaskCount: 0 });
    await user.client.restoreTask({ id: task.id });
    expect(new Set((await tasksOf(user)).map(({ id }) => id))).toEqual(new Set([task.id, part.id]));
    await user.client.completeTask({ id: task.id });
    expect((await advanced(bed, user)).id).toBe(next.id);
  });

  it("refuses what does not repeat and what is done", async () => {
    const user = someone();
    const { task } = await weekly(user);
    await user.client.completeTask({ id: task.id });
    const skip = (taskId: string) => reasonOfFailure(user.series.skipOccurrence({ taskId }));
    expect(await skip(task.id)).toBe("TASK_NOT_OPEN");
    expect(await skip((await createTask(user.client)).id)).toBe("TASK_NOT_RECURRING");
  });
});

describe("ClearRecurrence", () => {
  it("ends the series, so that none follows, and taking it back lets what waits follow", async () => {
    const user = someone();
    const { task } = await weekly(user);
    await user.client.completeTask({ id: task.id });
    const late = required(advancesFor(await eventsOf(bed, user.userId))[0]);
    const ended = await user.series.clearRecurrence({ taskId: task.id });
    expect(ended.task).toMatchObject({ isRecurring: false, status: TaskStatus.COMPLETED });
    expect(await reasonOfFailure(user.recurrence.advanceSeries(late))).toBe("SERIES_OVERTAKEN");
    expect((await user.series.clearRecurrence({ taskId: task.id })).undoToken).toBe("");
    await user.client.undo({ undoToken: ended.undoToken });
    expect(await recurringTypes(user.userId)).toEqual([
      "SeriesChanged",
      "OccurrenceCompleted",
      "SeriesEnded",
      "SeriesChanged",
      "OccurrenceCompleted",
    ]);
    await advanced(bed, user);
    expect(await tasksOf(user)).toHaveLength(2);
  });

  it("lets nothing follow what is still open", async () => {
    const user = someone();
    const { task } = await weekly(user);
    await user.series.clearRecurrence({ taskId: task.id });
    await user.client.completeTask({ id: task.id });
    expect(await recurringTypes(user.userId)).toEqual(["SeriesChanged", "SeriesEnded"]);
  });
});

describe("AdvanceSeries", () => {
  it("makes the next one before the former is done, if the series is made by due date", async () => {
    const user = someone();
    const { task, series } = await weekly(user, { recurrence: { trigger: Trigger.DUE } });
    const { task: next } = await user.recurrence.advanceSeries(advanceOf(series));
    expect(next?.status).toBe(TaskStatus.OPEN);
    const { undoToken } = await user.client.completeTask({ id: task.id });
    await user.client.undo({ undoToken });
    expect(await tasksOf(user)).toHaveLength(2);
  });

  it("refuses to if it is not", async () => {
    const user = someone();
    const { series } = await weekly(user);
    expect(await reasonOfFailure(user.recurrence.advanceSeries(advanceOf(series)))).toBe("SERIES_OVERTAKEN");
  });

  it("is nobody's but the recurrence service's, and knows the user's series only", async () => {
    const [owner, other] = [someone(), someone()];
    const { series } = await weekly(owner, { recurrence: { trigger: Trigger.DUE } });
    const request = advanceOf(series);
    expect(await reasonOfFailure(owner.series.advanceSeries(request))).toBe("ISSUER_REFUSED");
    expect(await reasonOfFailure(other.recurrence.advanceSeries(request))).toBe("SERIES_NOT_FOUND");
    expect(await reasonOfFailure(other.series.getSeries({ id: series.id }))).toBe("SERIES_NOT_FOUND");
  });
});
