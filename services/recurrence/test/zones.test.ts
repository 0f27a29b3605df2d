import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { Recurrence_Trigger } from "@todo/proto/todo/task/v1/series";
import type { AdvanceSeriesRequest } from "@todo/proto/todo/task/v1/series_service";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { refused } from "./fake-task.ts";
import { type Bed, startBed } from "./fixture.ts";

let bed: Bed;
beforeEach(async () => {
  bed = await startBed({ tzdata: "2026a" });
});
afterEach(() => bed[Symbol.asyncDispose]());

const berlin = { rrule: "FREQ=MONTHLY;BYDAY=-1FR", dtstart: "2026-05-29T17:00:00", tzid: "Europe/Berlin" };
const older = { tzdata: "2025c" };
const outcomes = (asked: readonly AdvanceSeriesRequest[]) => asked.map(({ outcome }) => outcome.case);

/** Waits until every series was looked at by the time zones of a version, and let the service hear what came of it. */
async function lookedAt(tzdata: string): Promise<void> {
  const text = "select count(*)::int as behind from series_state where tzdata <> $1";
  const behind = async () => (await bed.admin.query(text, [tzdata])).rows[0]?.behind;
  await vi.waitFor(async () => expect(await behind()).toBe(0), { timeout: 20_000, interval: 20 });
  await bed.settled();
}

/** Lets time go by until the instants of some series are those of the bed's time zones. */
async function followed(...all: { series: { tzdata: string } }[]): Promise<void> {
  const look = async () => {
    await bed.pass(60_000);
    expect(all.every(({ series }) => series.tzdata === "2026a")).toBe(true);
  };
  await vi.waitFor(look, { timeout: 30_000, interval: 20 });
  await bed.settled();
}

describe("an open occurrence whose instants were computed by older time zones", () => {
  it("is told its instants again, once, and its time on the wall stays", async () => {
    const one = bed.task.begin(berlin, older);
    await bed.deliver(one.started);
    await bed.settled();
    expect(bed.task.asked).toHaveLength(1);
    const [request] = bed.task.asked;
    expect(request).toMatchObject({ follows: "2026-05-29T17:00:00", seriesVersion: 1n, tzdata: "2026a" });
    if (request?.outcome.case !== "again") throw new Error("something else was asked for");
    const { dueTime, followingTime } = request.outcome.value;
    const times = [dueTime, followingTime].map((time) => time && timestampDate(time).toISOString());
    expect(times).toEqual(["2026-05-29T15:00:00.000Z", "2026-06-26T15:00:00.000Z"]);
    expect(one.series).toMatchObject({ tzdata: "2026a", recurrenceId: "2026-05-29T17:00:00" });
    expect([...one.made]).toEqual(["2026-05-29T17:00:00"]);
  });

  it("is not told of if it is done, has ended, or stands on a clock that nobody sets", async () => {
    const [done, ended] = [bed.task.begin(berlin, older), bed.task.begin(berlin, older)];
    const open = bed.task.begin(berlin, { tzdata: "2026a" });
    const apart = ["UTC", "Etc/GMT-3"].map((tzid) => bed.task.begin({ ...berlin, tzid }, older));
    bed.task.before = ({ outcome }) => {
      if (outcome.case === "next") throw refused("TASK_QUOTA_EXCEEDED", Code.ResourceExhausted);
    };
    const events = [done.complete(bed.clock.now()), ended.end(), ...apart.map(({ started }) => started)];
    for (const event of [...events, open.started]) await bed.deliver(event);
    await bed.startAnother({ tzdata: "2026b" });
    const granted = (count: number) =>
      vi.waitFor(() => expect(bed.task.granted).toHaveLength(count), { timeout: 20_000, interval: 20 });
    await granted(1);
    // By the next look the first one is over.
    const next = bed.task.begin(berlin, { tzdata: "2026a" });
    await bed.deliver(next.started);
    await granted(2);
    const told = bed.task.asked.filter(({ outcome }) => outcome.case === "again");
    expect(told.map(({ seriesId }) => seriesId)).toEqual([open.series.id, next.series.id]);
  });

  it("is told of once by however many replicas that have newer ones", async () => {
    const all = Array.from({ length: 60 }, () => bed.task.begin(berlin, { tzdata: "2026a" }));
    for (const { started } of all) await bed.deliver(started);
    await bed.settled();
    expect(bed.task.asked).toEqual([]);
    for (let replica = 0; replica < 3; replica += 1) await bed.startAnother({ tzdata: "2026b" });
    const moved = () => expect(all.every(({ series }) => series.tzdata === "2026b")).toBe(true);
    await vi.waitFor(moved, { timeout: 30_000, interval: 20 });
    await bed.settled();
    expect(bed.task.asked).toHaveLength(60);
    expect(new Set(outcomes(bed.task.asked))).toEqual(new Set(["again"]));
  });

  it("is not asked about again and again where newer ones have the same instants", async () => {
    bed.task.instantsDiffer = false;
    const one = bed.task.begin(berlin, { tzdata: "2026a" });
    await bed.deliver(one.started);
    await bed.startAnother({ tzdata: "2026b" });
    await lookedAt("2026b");
    const other = bed.task.begin(berlin, { tzdata: "2026a" });
    await bed.deliver(other.started);
    await lookedAt("2026b");
    expect(bed.task.asked.map(({ seriesId }) => seriesId)).toEqual([one.series.id, other.series.id]);
  });

  it("is told of as soon as an event brings back older instants", async () => {
    const one = bed.task.begin(berlin, { tzdata: "2026a" });
    await bed.deliver(one.started);
    await bed.settled();
    expect(bed.task.asked).toEqual([]);
    await bed.deliver(one.follow("2025b"));
    await bed.settled();
    expect(outcomes(bed.task.asked)).toEqual(["again"]);
    expect(one.series.tzdata).toBe("2026a");
  });

  it("is told of to the end where other events come meanwhile", async () => {
    bed.task.before = ({ outcome }) => {
      if (outcome.case === "again") throw refused("DATABASE_UNAVAILABLE", Code.Unavailable);
    };
    const [changed, reopened, done] = Array.from({ length: 3 }, () => bed.task.begin(berlin, older));
    if (!changed || !reopened || !done) throw new Error("there are three");
    for (const { started } of [changed, reopened, done]) await bed.deliver(started);
    await vi.waitFor(() => expect(bed.task.asked.length).toBeGreaterThanOrEqual(3), { timeout: 20_000 });
    const old = reopened.complete(bed.clock.now());
    for (const event of [changed.change(), reopened.reopen(), old, done.complete(bed.clock.now())])
      await bed.deliver(event);
    bed.task.before = () => {};
    await followed(changed, reopened, done);
    expect([changed, reopened, done].map(({ made }) => made.size)).toEqual([1, 1, 2]);
  });

  it("is told of by the newest rule, whatever was told of it before", async () => {
    bed.task.before = () => {
      throw refused("DATABASE_UNAVAILABLE", Code.Unavailable);
    };
    const one = bed.task.begin(berlin, older);
    const events = [one.complete(bed.clock.now()), one.reopen(), one.change({ rrule: "FREQ=DAILY" })];
    for (const event of events) await bed.deliver(event);
    bed.task.before = () => {};
    await followed(one);
    expect(bed.task.granted).toMatchObject([{ seriesVersion: 4n, outcome: { case: "again" } }]);
  });

  it("that is made by due date is told its instants and wakes for the next one all the same", async () => {
    const fridays = { ...berlin, rrule: "FREQ=WEEKLY", trigger: Recurrence_Trigger.DUE };
    const one = bed.task.begin(fridays, older);
    await bed.deliver(one.started);
    await bed.settled();
    expect(outcomes(bed.task.asked)).toEqual(["again"]);
    bed.clock.set("2026-06-05T15:00:00Z");
    await vi.waitFor(() => expect(one.made.size).toBe(2), { timeout: 20_000, interval: 20 });
    await bed.settled();
    expect(outcomes(bed.task.asked)).toEqual(["again", "next"]);
  });

  it("is put off where its instants cannot be computed, and the others move on", async () => {
    const all = [bed.task.begin(berlin, { tzdata: "2026a" }), bed.task.begin(berlin, { tzdata: "2026a" })];
    for (const { started } of all) await bed.deliver(started);
    const [broken, one] = all.map(({ series }) => series.id);
    const spoil = `update series_state set plan = jsonb_set(plan, '{tzid}', '"Europe/Atlantis"'), tzdata = '2025a'
      where series_id = $1`;
    await bed.admin.query(spoil, [broken]);
    await bed.startAnother({ tzdata: "2026b" });
    await lookedAt("2026b");
    expect(bed.task.asked.map(({ seriesId }) => seriesId)).toEqual([one]);
    const { rows } = await bed.admin.query("select from series_state where wake_at is not null");
    expect(rows).toEqual([]);
  });
});
