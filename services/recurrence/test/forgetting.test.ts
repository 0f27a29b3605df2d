import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Bed, startBed } from "./fixture.ts";

const monthMs = 31 * 86_400_000;
const daily = { rrule: "FREQ=DAILY", dtstart: "2026-05-04T09:00:00", tzid: "UTC" };

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

/** Waits until these of some series are known, and no others of them. */
async function untilKnown(all: readonly string[], ids: readonly string[]): Promise<void> {
  const known = async () => {
    const { rows } = await bed.admin.query("select series_id from series_state where series_id = any($1)", [
      all,
    ]);
    expect(rows.map(({ series_id: id }) => id).toSorted()).toEqual(ids.toSorted());
  };
  await vi.waitFor(known, { timeout: 20_000, interval: 20 });
}

describe("a series that ended", () => {
  it("is forgotten three months later, and one that goes on is not", async () => {
    const [ended, late, active] = [daily, daily, daily].map((rule) => bed.task.begin(rule));
    const all = [ended, late, active].map((one) => one?.series.id ?? "");
    for (const one of [ended, late, active]) if (one) await bed.deliver(one.started);
    if (ended) await bed.deliver(ended.end());
    bed.clock.set(new Date(bed.clock.now().getTime() + 2 * monthMs));
    if (late) await bed.deliver(late.end());
    await untilKnown(all, all);
    bed.clock.set(new Date(bed.clock.now().getTime() + monthMs));
    await untilKnown(all, all.slice(1));
  });

  it("is known again in full as soon as it goes on", async () => {
    const one = bed.task.begin(daily);
    await bed.deliver(one.started);
    await bed.deliver(one.end());
    bed.clock.set(new Date(bed.clock.now().getTime() + 3 * monthMs));
    const isGone = async () => {
      const { rows } = await bed.admin.query("select 1 from series_state where series_id = $1", [
        one.series.id,
      ]);
      expect(rows).toEqual([]);
    };
    await vi.waitFor(isGone, { timeout: 20_000, interval: 20 });
    await bed.deliver(one.resume());
    await bed.deliver(one.complete(bed.clock.now()));
    await bed.settled();
    expect(one.made.size).toBe(2);
  });
});
