import { toJson } from "@bufbuild/protobuf";
import { OccurrenceScope as Scope, Recurrence_Trigger as Trigger } from "@todo/proto/todo/task/v1/series";
import { HistoryEntrySchema } from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, createTask, newUser, reasonOfFailure, required, startBed } from "./fixture.ts";
import { advanced, advanceOf, berlin, repeating, tasksOf, weekly } from "./series-fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

const due = berlin("2026-03-02T08:00:00Z");
const reminding = (...reminderMinutes: number[]) => ({
  reminderMinutes,
  updateMask: { paths: ["reminder_minutes"] },
});

describe("the reminders of a task", () => {
  it("are kept the earliest first, and told with every event of it", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    const task = await createTask(client, { due, reminderMinutes: [0, 1_440, 15] });
    expect(task.reminderMinutes).toEqual([1_440, 15, 0]);
    expect((await client.getTask({ id: task.id })).task).toEqual(task);
    expect((await client.listTasks({})).tasks).toEqual([task]);
    await required(bed.app.relay).drained();
    for (const topic of ["task.events", "task.state"]) {
      const told = bed.publisher.events(topic).filter((event) => event["userid"] === userId);
      expect(told).toMatchObject([{ data: { task: { reminderMinutes: [1_440, 15, 0] } } }]);
    }
  });

  it("are one field of an update: changed, in the history, and taken back", async () => {
    const client = bed.as(newUser());
    const { id, etag } = await createTask(client, { due, reminderMinutes: [30] });
    await client.updateTask({ id, updateMask: { paths: ["title"] }, title: "x" });
    const { undoToken, task } = await client.updateTask({ id, ...reminding(10, 60), etag });
    expect(task?.reminderMinutes).toEqual([60, 10]);
    expect((await client.updateTask({ id, ...reminding(60, 10) })).undoToken).toBe("");
    expect(await reasonOfFailure(client.updateTask({ id, ...reminding(), etag }))).toBe("TASK_CHANGED");
    const { entries } = await client.listTaskHistory({ id });
    expect(toJson(HistoryEntrySchema, required(entries[0]))).toMatchObject({
      changes: [{ field: "reminder_minutes", before: [30], after: [60, 10] }],
    });
    const undone = await client.undo({ undoToken });
    expect(undone.tasks).toMatchObject([{ title: "x", reminderMinutes: [30] }]);
    expect((await client.updateTask({ id, ...reminding() })).task?.reminderMinutes).toEqual([]);
  });

  it("stay when the due date moves or goes, and may be there before one comes", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client, { reminderMinutes: [40_320] });
    const moved = await client.updateTask({ id, updateMask: { paths: ["due"] }, due });
    expect(moved.task?.reminderMinutes).toEqual([40_320]);
    const cleared = await client.updateTask({ id, updateMask: { paths: ["due"] } });
    expect(cleared.task).toMatchObject({ reminderMinutes: [40_320] });
    expect(cleared.task?.due).toBeUndefined();
  });

  it("are given to many tasks by one batch, which is taken back whole", async () => {
    const client = bed.as(newUser());
    const tasks = [await createTask(client, { reminderMinutes: [5] }), await createTask(client)];
    const { undoToken, changedCount } = await client.batchUpdateTasks({
      selection: { case: "targets", value: { targets: tasks.map(({ id }) => ({ id })) } },
      action: { case: "fields", value: reminding(10, 20) },
    });
    expect(changedCount).toBe(2);
    const all = async () => {
      const now = await Promise.all(tasks.map(({ id }) => client.getTask({ id })));
      return now.map(({ task }) => task?.reminderMinutes);
    };
    expect(await all()).toEqual([
      [20, 10],
      [20, 10],
    ]);
    await client.undo({ undoToken });
    expect(await all()).toEqual([[5], []]);
  });
});

describe("the reminders of a series", () => {
  it("are those of its template, whatever one occurrence got for itself", async () => {
    const user = repeating(bed, newUser());
    const { task, series } = await weekly(user, { task: { due, reminderMinutes: [30] } });
    expect(series.template?.reminderMinutes).toEqual([30]);
    await createTask(user.client, { subtaskOf: task.id, due, reminderMinutes: [10] });
    await user.client.updateTask({ id: task.id, ...reminding(5) });
    await user.client.completeTask({ id: task.id });
    const next = await advanced(bed, user);
    expect(next.reminderMinutes).toEqual([30]);
    const part = (await tasksOf(user)).find(({ subtaskOf }) => subtaskOf === next.id);
    expect(part?.reminderMinutes).toEqual([10]);
  });

  it("change by the scope of an update, are taken back with it, and make no advance void", async () => {
    const user = repeating(bed, newUser());
    const { task, series } = await weekly(user, {
      task: { due, reminderMinutes: [30] },
      recurrence: { trigger: Trigger.DUE },
    });
    await user.recurrence.advanceSeries(advanceOf(series));
    const { series: told } = await user.series.getSeries({ id: series.id });
    const scope = Scope.THIS_AND_FUTURE;
    const { undoToken } = await user.client.updateTask({ id: task.id, ...reminding(45), scope });
    await user.recurrence.advanceSeries(advanceOf(required(told)));
    const all = async () => {
      const tasks = await tasksOf(user);
      const inOrder = tasks.toSorted((a, b) => (a.recurrenceId < b.recurrenceId ? -1 : 1));
      return inOrder.map(({ reminderMinutes }) => reminderMinutes);
    };
    expect(await all()).toEqual([[45], [45], [45]]);
    await user.client.undo({ undoToken });
    expect(await all()).toEqual([[30], [30], [45]]);
    const { series: back } = await user.series.getSeries({ id: series.id });
    expect(back?.template?.reminderMinutes).toEqual([30]);
  });

  it("end with the occurrence that has them, and are there again with it", async () => {
    const user = repeating(bed, newUser());
    const { task } = await weekly(user, { task: { due, reminderMinutes: [30] } });
    const { undoToken } = await user.client.completeTask({ id: task.id });
    const next = await advanced(bed, user);
    await user.client.undo({ undoToken });
    const { task: gone } = await user.client.getTask({ id: next.id });
    expect(gone?.deleteTime).toBeDefined();
    await user.client.updateTask({ id: task.id, ...reminding(15), scope: Scope.ALL });
    await user.client.completeTask({ id: task.id });
    expect(await advanced(bed, user)).toMatchObject({ id: next.id, reminderMinutes: [15] });
  });
});
