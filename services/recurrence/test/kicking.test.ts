import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, startBed } from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  // Longer than any test: whatever happens here happens since somebody said so.
  bed = await startBed({ pollMs: 3_600_000 });
});
afterAll(() => bed[Symbol.asyncDispose]());

const weekly = { rrule: "FREQ=WEEKLY;BYDAY=MO", dtstart: "2026-05-04T09:00:00", tzid: "UTC" };

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
    for (const one of all) await bed.deliver(one.complete(bed.clock.now()));
    release.resolve();
    await bed.drained();
    expect(all.map(({ made }) => made.size)).toEqual(all.map(() => 2));
  });
});
