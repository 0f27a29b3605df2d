import { Series_State as State, Recurrence_Trigger as Trigger } from "@todo/proto/todo/task/v1/series";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, newUser, required, startBed } from "./fixture.ts";
import { knowledgeOf } from "./recurrence-knowledge.ts";
import { advanceOf, dueOf, eventsOf, type Repeating, repeating, weekly } from "./series-fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

/** What recurrence knows: whether the series goes on, and whether its latest occurrence is done. */
async function known({ userId }: Repeating): Promise<[boolean, boolean]> {
  const { active, fact } = required(knowledgeOf(await eventsOf(bed, userId)));
  return [active, fact?.done !== undefined];
}

describe.each([
  ["completion", Trigger.COMPLETION],
  ["due date", Trigger.DUE],
])("a series by %s that goes on after its end was taken back", (_, trigger) => {
  it("tells recurrence that its latest occurrence was done meanwhile", async () => {
    const user = repeating(bed, newUser());
    const { task } = await weekly(user, { recurrence: { trigger } });
    const { undoToken } = await user.series.clearRecurrence({ taskId: task.id });
    await user.client.completeTask({ id: task.id });
    await user.client.undo({ undoToken });
    expect(await known(user)).toEqual([true, true]);
  });

  it("does not leave recurrence to think what was taken back meanwhile", async () => {
    const user = repeating(bed, newUser());
    const { task } = await weekly(user, { recurrence: { trigger } });
    await user.client.completeTask({ id: task.id });
    const { undoToken } = await user.series.clearRecurrence({ taskId: task.id });
    await user.client.reopenTask({ id: task.id });
    await user.client.undo({ undoToken });
    expect(await known(user)).toEqual([true, false]);
  });
});

it("a series that came to its end by a rule that is taken back goes on by the one before", async () => {
  const user = repeating(bed, newUser());
  const { task, series } = await weekly(user);
  const taskId = task.id;
  const { undoToken } = await user.series.setRecurrence({
    taskId,
    recurrence: { rrule: "FREQ=WEEKLY;COUNT=1" },
  });
  await user.client.completeTask({ id: taskId });
  const seriesNow = async () => required((await user.series.getSeries({ id: series.id })).series);
  await user.recurrence.advanceSeries(advanceOf(await seriesNow()));
  expect((await seriesNow()).state).toBe(State.EXHAUSTED);
  await user.client.undo({ undoToken });
  expect([(await seriesNow()).state, await known(user)]).toEqual([State.ACTIVE, [true, true]]);
  const { task: next } = await user.recurrence.advanceSeries(advanceOf(await seriesNow()));
  expect(dueOf(required(next))).toBe("2026-03-09T08:00:00.000Z");
});
