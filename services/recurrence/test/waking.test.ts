import { Recurrence_Missed as Missed, Recurrence_Trigger } from "@todo/proto/todo/task/v1/series";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Bed, startBed } from "./fixture.ts";

let bed: Bed;
beforeEach(async () => {
  bed = await startBed({ tzdata: "2026a" });
});
afterEach(() => bed[Symbol.asyncDispose]());

/** Due at 17:00 in Berlin on Fridays: the first one is made, the next one is that of the 8th of May. */
const fridays = {
  rrule: "FREQ=WEEKLY",
  dtstart: "2026-05-01T17:00:00",
  tzid: "Europe/Berlin",
  trigger: Recurrence_Trigger.DUE,
};
const nextFriday = new Date("2026-05-08T15:00:00Z");

async function rowOf(seriesId: string): Promise<{ wake_at: Date | null; tzdata: string }> {
  const text = "select wake_at, tzdata from series_state where series_id = $1";
  return (await bed.admin.query(text, [seriesId])).rows[0];
}

/** Waits until what was due has been made, and lets the service hear of it. */
async function untilMade(made: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(made()).toBe(true), { timeout: 30_000, interval: 20 });
  await bed.settled();
}

describe("a series that is made by due date", () => {
  it("is made when it falls due, whether the one before is done or not, and wakes for the next one", async () => {
    const [open, done] = [bed.task.begin(fridays), bed.task.begin(fridays)];
    for (const event of [open.started, done.started, done.complete(bed.clock.now())])
      await bed.deliver(event);
    expect((await rowOf(open.series.id)).wake_at).toEqual(nextFriday);
    bed.clock.set(nextFriday);
    await untilMade(() => open.made.size === 2 && done.made.size === 2);
    expect([...open.made]).toEqual(["2026-05-01T17:00:00", "2026-05-08T17:00:00"]);
    expect((await rowOf(open.series.id)).wake_at).toEqual(new Date("2026-05-15T15:00:00Z"));
  });

  it("is made once by however many replicas", async () => {
    await bed.startAnother({ tzdata: "2026a" });
    await bed.startAnother({ tzdata: "2026a" });
    const all = Array.from({ length: 60 }, () => bed.task.begin(fridays));
    for (const { started } of all) await bed.deliver(started);
    bed.clock.set(nextFriday);
    await untilMade(() => all.every(({ made }) => made.size === 2));
    expect(bed.task.granted).toHaveLength(60);
    expect(bed.task.asked).toHaveLength(60);
  });

  it.each([
    ["the latest", Missed.CATCH_UP_ONE, ["05-29"], 3],
    ["each", Missed.CATCH_UP_ALL, ["05-08", "05-15", "05-22", "05-29"], 0],
    ["none", Missed.SKIP_TO_NEXT, [], 4],
  ])(
    "after a month of downtime makes %s of those that were missed, counts the others, and waits for the one to come",
    async (_, missed, days, skippedCount) => {
      const [open, done] = [bed.task.begin({ ...fridays, missed }), bed.task.begin({ ...fridays, missed })];
      for (const event of [open.started, done.started, done.complete(bed.clock.now())])
        await bed.deliver(event);
      bed.clock.set("2026-06-01T09:00:00Z");
      const until = async (days: readonly string[], wakeAt: string) => {
        for (const { made, series } of [open, done]) {
          const isSo = async () => {
            await bed.settled();
            expect([...made]).toEqual(["05-01", ...days].map((day) => `2026-${day}T17:00:00`));
            expect((await rowOf(series.id)).wake_at).toEqual(new Date(wakeAt));
          };
          await vi.waitFor(isSo, { timeout: 20_000, interval: 20 });
        }
      };
      await until(days, "2026-06-05T15:00:00Z");
      bed.clock.set("2026-06-05T15:00:00Z");
      await until([...days, "06-05"], "2026-06-12T15:00:00Z");
      expect([open, done].map(({ series }) => series.skippedCount)).toEqual([skippedCount, skippedCount]);
    },
  );

  it("ends when its last occurrence is done", async () => {
    const one = bed.task.begin({ ...fridays, rrule: "FREQ=WEEKLY;COUNT=2" });
    await bed.deliver(one.started);
    bed.clock.set(nextFriday);
    await untilMade(() => one.made.size === 2);
    expect((await rowOf(one.series.id)).wake_at).toBeNull();
    await bed.deliver(one.complete(bed.clock.now()));
    await bed.settled();
    expect(bed.task.granted.at(-1)?.outcome.case).toBe("exhausted");
  });
});

it("when time zones change, wake-up times that older ones gave are computed anew, once", async () => {
  const one = bed.task.begin(fridays);
  await bed.deliver(one.started);
  const wrong = new Date("2026-05-08T16:00:00Z");
  const spoil = "update series_state set wake_at = $1, tzdata = $2";
  await bed.admin.query(spoil, [wrong, "2025c"]);
  const isRight = async () =>
    expect(await rowOf(one.series.id)).toEqual({ wake_at: nextFriday, tzdata: "2026a" });
  await vi.waitFor(isRight, { timeout: 20_000, interval: 20 });
  // A process that is behind keeps off what a newer one gave.
  await bed.admin.query(spoil, [wrong, "2026b"]);
  const other = bed.task.begin(fridays);
  await bed.deliver(other.started);
  const isNew = async () => expect((await rowOf(other.series.id)).tzdata).toBe("2026a");
  // By the second look the first one is over.
  for (let look = 0; look < 2; look += 1) {
    await bed.admin.query("update series_state set tzdata = '2025c' where series_id = $1", [other.series.id]);
    await vi.waitFor(isNew, { timeout: 20_000, interval: 20 });
  }
  expect(await rowOf(one.series.id)).toEqual({ wake_at: wrong, tzdata: "2026b" });
});

it("a series that cannot be looked at does not hold up the others", async () => {
  const [broken, one] = [bed.task.begin(fridays), bed.task.begin(fridays)];
  for (const { started } of [broken, one]) await bed.deliver(started);
  const spoil = `update series_state set plan = jsonb_set(plan, '{rrule}', '"FREQ=NEVER"'), wake_at = wake_at - interval '1 h'
    where series_id = $1`;
  await bed.admin.query(spoil, [broken.series.id]);
  bed.clock.set(nextFriday);
  await untilMade(() => one.made.size === 2);
  expect((await rowOf(broken.series.id)).wake_at).toEqual(new Date("2026-05-08T16:00:00Z"));
});

it("a series that newer time zones do not understand does not hold up the others", async () => {
  const [broken, one] = [bed.task.begin(fridays), bed.task.begin(fridays)];
  for (const { started } of [broken, one]) await bed.deliver(started);
  const spoil = `update series_state set plan = jsonb_set(plan, '{tzid}', '"Europe/Atlantis"') where series_id = $1`;
  await bed.admin.query(spoil, [broken.series.id]);
  const late =
    "update series_state set tzdata = '2025c', wake_at = wake_at + $2::interval where series_id = $1";
  await bed.admin.query(late, [one.series.id, "2 h"]);
  await bed.admin.query(late, [broken.series.id, "1 h"]);
  const putOff = new Date(bed.clock.now().getTime() + 3_600_000);
  const lookedAt = async () => {
    expect(await rowOf(one.series.id)).toEqual({ wake_at: nextFriday, tzdata: "2026a" });
    expect(await rowOf(broken.series.id)).toEqual({ wake_at: putOff, tzdata: "2026a" });
  };
  await vi.waitFor(lookedAt, { timeout: 20_000, interval: 20 });
});

it("a series whose row cannot be had for a moment is looked at again at once", async () => {
  const one = bed.task.begin(fridays);
  await bed.deliver(one.started);
  for (const text of [
    // What a sequence counts, no rollback takes back.
    "create sequence tried",
    `create function busy() returns trigger language plpgsql as $body$
      begin perform nextval('recurrence.tried'); raise exception using errcode = '55P03'; end $body$`,
    "grant usage on sequence tried to todo_recurrence",
    "create trigger busy before update on series_state for each row execute function busy()",
  ])
    await bed.admin.query(text);
  bed.clock.set(nextFriday);
  const tried = async () => (await bed.admin.query("select is_called from tried")).rows[0]?.is_called;
  await vi.waitFor(async () => expect(await tried()).toBe(true), { timeout: 20_000, interval: 20 });
  await bed.admin.query("drop trigger busy on series_state");
  await untilMade(() => one.made.size === 2);
});
