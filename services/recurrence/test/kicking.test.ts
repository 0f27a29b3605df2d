import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Bed, startBed } from "./fixture.ts";
import type { TaskSeries } from "./task-series.ts";

let bed: Bed;
beforeAll(async () => {
  // Longer than any test: whatever happens here happens since somebody said so.
  bed = await startBed({ pollMs: 3_600_000 });
});
afterAll(() => bed[Symbol.asyncDispose]());

const weekly = { rrule: "FREQ=WEEKLY;BYDAY=MO", dtstart: "2026-05-04T09:00:00", tzid: "UTC" };

/** Side by side: what task is asked meanwhile is given up after 5 s. */
const complete = (all: readonly TaskSeries[]) =>
  Promise.all(all.map((one) => bed.deliver(one.complete(bed.clock.now()))));

const untilAsked = (count: number) =>
  vi.waitFor(() => expect(bed.task.asked).toHaveLength(count), { timeout: 20_000, interval: 20 });

describe("an advance", () => {
  it("goes to task as soon as its event is taken, without waiting for the next look [R019]", async () => {
    const one = bed.task.begin(weekly);
    await bed.deliver(one.started);
    await bed.deliver(one.complete(bed.clock.now()));
    await bed.drained();
    expect([...one.made]).toEqual(["2026-05-04T09:00:00", "2026-05-11T09:00:00"]);
  });

  it("does so also while as many as may are under way", async () => {
    const release = Promise.withResolvers<void>();
    bed.task.before = () => release.promise;
    const all = Array.from({ length: 20 }, () => bed.task.begin(weekly));
    for (const one of all) await bed.deliver(one.started);
    const asked = bed.task.asked.length;
    await complete(all.slice(0, 8));
    await untilAsked(asked + 8);
    await complete(all.slice(8));
    release.resolve();
    await bed.drained();
    expect(all.map(({ made }) => made.size)).toEqual(all.map(() => 2));
  });

  it("does so also while another user has very many under way", async () => {
    const userId = randomUUID();
    const release = Promise.withResolvers<void>();
    const many = Array.from({ length: 20 }, () => bed.task.begin(weekly, { userId }));
    const ids = new Set(many.map(({ series }) => series.id));
    bed.task.before = ({ seriesId }) => (ids.has(seriesId) ? release.promise : Promise.resolve());
    const one = bed.task.begin(weekly);
    for (const each of [...many, one]) await bed.deliver(each.started);
    const asked = bed.task.asked.length;
    await complete(many);
    await untilAsked(asked + 2);
    await complete([one]);
    await vi.waitFor(() => expect(one.made.size).toBe(2), { timeout: 10_000, interval: 20 });
    expect(many.map(({ made }) => made.size)).toEqual(many.map(() => 1));
    release.resolve();
    await bed.drained();
    expect(many.map(({ made }) => made.size)).toEqual(many.map(() => 2));
  });
});
