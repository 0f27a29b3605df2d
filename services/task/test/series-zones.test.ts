import { create } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type Series, Recurrence_Trigger as Trigger } from "@todo/proto/todo/task/v1/series";
import { DueSchema, type Task } from "@todo/proto/todo/task/v1/task";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, newUser, reasonOfFailure, required, startBed } from "./fixture.ts";
import { testZones } from "./recurrence.ts";
import {
  type AdvanceRequest,
  advanceOf,
  berlin,
  dueOf,
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

const someone = () => repeating(bed, newUser());
const at = (time: string) => timestampFromDate(new Date(time));
const newer = "2026b";

/** As if Berlin did away with winter time: it is due at nine, an hour earlier on the clock of UTC. */
const earlier = { dueTime: at("2026-03-02T07:00:00Z"), followingTime: at("2026-03-09T07:00:00Z") };

function again({ id, version, recurrenceId }: Series, value = earlier, tzdata = newer): AdvanceRequest {
  const about = { seriesId: id, seriesVersion: version, follows: recurrenceId };
  return { ...about, outcome: { case: "again", value }, tzdata };
}

const seriesOf = async (user: Repeating, { seriesId }: Task) =>
  required((await user.series.getSeries({ id: seriesId })).series);
const told = async (user: Repeating, request: AdvanceRequest) =>
  required((await user.recurrence.advanceSeries(request)).task);
const nextOf = ({ nextOccurrence }: Task) => timestampDate(required(nextOccurrence)).toISOString();

async function published({ userId }: Repeating) {
  await required(bed.app.relay).drained();
  const of = (topic: string) => bed.publisher.events(topic).filter((event) => event["userid"] === userId);
  return { facts: of("task.events"), states: of("task.state") };
}

/** The occurrence of 9 March, made by the time zones of a version. */
async function second(user: Repeating, first: Task, tzdata = testZones): Promise<Task> {
  await user.client.completeTask({ id: first.id });
  const next = advanceOf(await seriesOf(user, first));
  return required((await user.recurrence.advanceSeries({ ...next, tzdata })).task);
}

const secondEarlier = { dueTime: at("2026-03-09T07:00:00Z"), followingTime: at("2026-03-16T07:00:00Z") };

describe("the open occurrence of a series, by newer time zones", () => {
  it("falls due at the same time on the wall, and so at another instant, as a change like any other", async () => {
    const user = someone();
    const { task, series } = await weekly(user);
    expect(series.tzdata).toBe(testZones);
    bed.clock.advance(1_000);
    const moved = await told(user, again(series));
    expect([dueOf(moved), nextOf(moved)]).toEqual(["2026-03-02T07:00:00.000Z", "2026-03-09T07:00:00.000Z"]);
    expect(moved).toMatchObject({ recurrenceId: "2026-03-02T09:00:00", userSeq: task.userSeq + 1n });
    expect((await user.client.getTask({ id: task.id })).task).toEqual(moved);
    const { facts, states } = await published(user);
    expect(facts.at(-1)).toMatchObject({
      type: "todo.task.v1.TaskUpdated",
      data: { changedFields: ["next_occurrence", "due"] },
    });
    expect(states.at(-1)?.["data"]).toMatchObject({
      task: { due: { zoned: { time: "2026-03-02T07:00:00Z" } } },
    });
    const events = await eventsOf(bed, user.userId);
    expect(typesOf(events)).toEqual(["SeriesChanged", "SeriesChanged"]);
    expect(events.at(-1)?.data.series).toMatchObject({ version: "2", tzdata: newer, number: 1 });
    expect((await user.client.listChanges({ cursor: task.userSeq })).changes).toHaveLength(1);
  });

  it("is changed once, however often it is told", async () => {
    const user = someone();
    const { series } = await weekly(user);
    const moved = await told(user, again(series));
    expect(await told(user, again(series))).toEqual(moved);
    expect(await told(user, again(await seriesOf(user, moved)))).toEqual(moved);
    expect(await eventsOf(bed, user.userId)).toHaveLength(2);
  });

  it.each([
    ["as old as those it has", earlier, testZones],
    ["older", earlier, "2025c"],
    ["of no known version", earlier, ""],
    [
      "newer and have the same instants",
      { dueTime: at("2026-03-02T08:00:00Z"), followingTime: at("2026-03-09T08:00:00Z") },
      newer,
    ],
  ])("stays as it is where they are %s", async (_, instants, tzdata) => {
    const user = someone();
    const { task, series } = await weekly(user);
    expect(await told(user, again(series, instants, tzdata))).toEqual(task);
    expect(await seriesOf(user, task)).toEqual(series);
    expect(await eventsOf(bed, user.userId)).toHaveLength(1);
  });

  it("keeps a due date that the user gave it, while the next one moves", async () => {
    const user = someone();
    const { task } = await weekly(user);
    const made = await second(user, task);
    await user.client.updateTask({
      id: made.id,
      due: berlin("2026-03-10T10:00:00Z"),
      updateMask: { paths: ["due"] },
    });
    const moved = await told(user, again(await seriesOf(user, made), secondEarlier));
    expect([dueOf(moved), nextOf(moved)]).toEqual(["2026-03-10T10:00:00.000Z", "2026-03-16T07:00:00.000Z"]);
  });

  it("keeps a due date that it had before it began to repeat at another time", async () => {
    const user = someone();
    const { series } = await weekly(user, { recurrence: { dtstart: "2026-03-02T10:00:00" } });
    expect(dueOf(await told(user, again(series)))).toBe("2026-03-02T08:00:00.000Z");
  });

  it("stays due on its day, or on any clock", async () => {
    for (const kind of [
      { case: "allDay" as const, value: "2026-03-02" },
      { case: "floating" as const, value: "2026-03-02T09:00:00" },
    ]) {
      const user = someone();
      const { series } = await weekly(user, {
        task: { title: "x", due: create(DueSchema, { kind }) },
        recurrence: { tzid: "Europe/Berlin" },
      });
      const moved = await told(user, again(series));
      expect([dueOf(moved), nextOf(moved)]).toEqual([kind.value, "2026-03-09T07:00:00.000Z"]);
    }
  });

  it("moves again with time zones that are newer still", async () => {
    const user = someone();
    const { task } = await weekly(user);
    const made = await second(user, task);
    const moved = await told(user, again(await seriesOf(user, made), secondEarlier));
    const later = { dueTime: at("2026-03-09T09:00:00Z"), followingTime: at("2026-03-16T09:00:00Z") };
    const movedOn = await told(user, again(await seriesOf(user, made), later, "2026c"));
    expect([dueOf(moved), dueOf(movedOn)]).toEqual(["2026-03-09T07:00:00.000Z", "2026-03-09T09:00:00.000Z"]);
    expect((await seriesOf(user, made)).tzdata).toBe("2026c");
  });
});

describe("instants that are told too late", () => {
  it.each([
    ["completed", (user: Repeating, { id }: Task) => user.client.completeTask({ id })],
    ["left out", (user: Repeating, { id: taskId }: Task) => user.series.skipOccurrence({ taskId })],
    ["put into the trash", (user: Repeating, { id }: Task) => user.client.deleteTask({ id })],
    ["alone", (user: Repeating, { id: taskId }: Task) => user.series.clearRecurrence({ taskId })],
    [
      "an occurrence of another rule",
      (user: Repeating, { id: taskId }: Task) =>
        user.series.setRecurrence({ taskId, recurrence: { rrule: "FREQ=DAILY" } }),
    ],
  ])("are refused where the occurrence is %s meanwhile", async (_, meanwhile) => {
    const user = someone();
    const { task, series } = await weekly(user);
    await meanwhile(user, task);
    const before = await user.client.getTask({ id: task.id });
    expect(await reasonOfFailure(told(user, again(series)))).toBe("SERIES_OVERTAKEN");
    expect((await user.client.getTask({ id: task.id })).task).toEqual(before.task);
  });

  it("do not move an occurrence that another one followed", async () => {
    const user = someone();
    const { task, series } = await weekly(user, { recurrence: { trigger: Trigger.DUE } });
    bed.clock.set("2026-03-09T08:00:00Z");
    await told(user, advanceOf(series));
    expect(await reasonOfFailure(told(user, again(series)))).toBe("SERIES_OVERTAKEN");
    expect(dueOf(required((await user.client.getTask({ id: task.id })).task))).toBe(
      "2026-03-02T08:00:00.000Z",
    );
  });
});

describe("a series whose instants moved", () => {
  it("takes an advance that was computed before", async () => {
    const user = someone();
    const { series } = await weekly(user, { recurrence: { trigger: Trigger.DUE } });
    const computed = advanceOf(series);
    await told(user, again(series));
    bed.clock.set("2026-03-09T08:00:00Z");
    expect(await told(user, computed)).toMatchObject({ recurrenceId: "2026-03-09T09:00:00" });
  });

  it("takes the occurrence back all the same when the one before is to be done again", async () => {
    const user = someone();
    const { task } = await weekly(user);
    const made = await second(user, task, "2026aa");
    await told(user, again(await seriesOf(user, made), secondEarlier));
    await user.client.reopenTask({ id: task.id });
    expect((await tasksOf(user)).map(({ id }) => id)).toEqual([task.id]);
    // Its instants are those of the older time zones, as before.
    expect(await seriesOf(user, task)).toMatchObject({
      recurrenceId: "2026-03-02T09:00:00",
      tzdata: testZones,
    });
  });

  it("keeps an occurrence that somebody changed when the one before is to be done again", async () => {
    const user = someone();
    const { task } = await weekly(user);
    const made = await second(user, task);
    await user.client.updateTask({ id: made.id, title: "Dust", updateMask: { paths: ["title"] } });
    await told(user, again(await seriesOf(user, made), secondEarlier));
    await user.client.reopenTask({ id: task.id });
    expect((await tasksOf(user)).map(({ id }) => id).sort()).toEqual([task.id, made.id].sort());
  });

  it("has the older time zones again where older instants come back by undo", async () => {
    const user = someone();
    const { task } = await weekly(user);
    const app = await bed.startAnother({}, newer);
    const { undoToken, series } = await repeating(bed, user.userId, app).series.setRecurrence({
      taskId: task.id,
      recurrence: { rrule: "FREQ=WEEKLY", dtstart: "2026-03-03T09:00:00", tzid: "Europe/Berlin" },
    });
    expect(series).toMatchObject({ tzdata: newer, recurrenceId: "2026-03-03T09:00:00" });
    await user.client.undo({ undoToken });
    expect((await seriesOf(user, task)).tzdata).toBe(testZones);
  });
});
