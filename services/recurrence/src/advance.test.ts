import { describe, expect, it } from "vitest";
import { type Advance, advance } from "./advance.ts";
import type { Done, SeriesPlan } from "./plan.ts";
import { completed, lastFriday, planOf, skipped } from "./testing/plans.ts";

/** What follows, in short: the time on the wall, the instant, the number, how many were missed. */
function told(plan: SeriesPlan, done: Done | undefined, now: Date | undefined = done?.time): unknown[] {
  const found: Advance = advance(plan, done, now ?? new Date(0));
  if (found.kind === "wait") return ["wait", instant(found.until)];
  if (found.kind === "exhausted") return ["exhausted", found.skippedCount];
  const { next } = found;
  return [next.recurrenceId, instant(next.instant), next.number, found.skippedCount];
}

function instant(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(":00.000Z", "Z");
}

describe("the last Friday of the month, 17:00 in Berlin", () => {
  it("follows a completion before its time with the next month's [R019]", () => {
    expect(told(lastFriday, completed("2026-01-12T08:00:00Z"))).toEqual([
      "2026-02-27T17:00:00",
      "2026-02-27T16:00Z",
      2,
      0,
    ]);
  });

  it("follows a late completion with the next month's as long as that is to come", () => {
    expect(told(lastFriday, completed("2026-02-27T15:59:59Z"))).toEqual([
      "2026-02-27T17:00:00",
      "2026-02-27T16:00Z",
      2,
      0,
    ]);
  });

  it("keeps its time on the wall over both changes of the clocks", () => {
    const march = { ...lastFriday, recurrenceId: "2026-02-27T17:00:00", number: 2 };
    expect(told(march, completed("2026-02-27T17:00:00Z"))).toEqual([
      "2026-03-27T17:00:00",
      "2026-03-27T16:00Z",
      3,
      0,
    ]);
    const april = { ...lastFriday, recurrenceId: "2026-03-27T17:00:00", number: 3 };
    expect(told(april, completed("2026-03-29T12:00:00Z"))).toEqual([
      "2026-04-24T17:00:00",
      "2026-04-24T15:00Z",
      4,
      0,
    ]);
    const november = { ...lastFriday, recurrenceId: "2026-10-30T17:00:00", number: 10 };
    const october = { ...lastFriday, recurrenceId: "2026-09-25T17:00:00", number: 9 };
    expect(told(october, completed("2026-10-01T12:00:00Z"))).toEqual([
      "2026-10-30T17:00:00",
      "2026-10-30T16:00Z",
      10,
      0,
    ]);
    expect(told(november, completed("2026-10-30T17:00:00Z"))).toEqual([
      "2026-11-27T17:00:00",
      "2026-11-27T16:00Z",
      11,
      0,
    ]);
  });

  it("after a month of downtime gives the one that was missed, and the next one behind it", () => {
    const done = completed("2026-01-30T16:30:00Z");
    const found = advance(lastFriday, done, new Date("2026-03-02T06:00:00Z"));
    expect(found).toEqual({
      kind: "next",
      next: {
        recurrenceId: "2026-02-27T17:00:00",
        instant: Date.parse("2026-02-27T16:00:00Z") / 1_000,
        number: 2,
        following: Date.parse("2026-03-27T16:00:00Z") / 1_000,
      },
      skippedCount: 0,
    });
  });
});

describe("what was missed", () => {
  const daily = planOf({ rrule: "FREQ=DAILY", dtstart: "2026-05-01T09:00:00", tzid: "UTC" });
  const late = completed("2026-05-06T12:00:00Z");

  it("is made once, the latest, unless said otherwise", () => {
    expect(told(daily, late)).toEqual(["2026-05-06T09:00:00", "2026-05-06T09:00Z", 6, 4]);
  });

  it("is made one after the other where all are wanted", () => {
    expect(told({ ...daily, missed: "all" }, late)).toEqual([
      "2026-05-02T09:00:00",
      "2026-05-02T09:00Z",
      2,
      0,
    ]);
  });

  it("is made a hundred times at most: the latest hundred", () => {
    const done = completed("2026-12-31T12:00:00Z");
    expect(told({ ...daily, missed: "all" }, done)).toEqual([
      "2026-09-23T09:00:00",
      "2026-09-23T09:00Z",
      146,
      144,
    ]);
  });

  it("is left out where the next to come is wanted", () => {
    const none: SeriesPlan = { ...daily, missed: "none" };
    expect(told(none, late)).toEqual(["2026-05-07T09:00:00", "2026-05-07T09:00Z", 7, 5]);
  });

  it("is no day that is not over", () => {
    const days = planOf({ rrule: "FREQ=DAILY", dtstart: "2026-05-01T00:00:00", tzid: "UTC", allDay: true });
    const none: SeriesPlan = { ...days, missed: "none" };
    expect(told(none, late)).toEqual(["2026-05-06T00:00:00", "2026-05-06T00:00Z", 6, 4]);
    expect(told(days, late)).toEqual(["2026-05-05T00:00:00", "2026-05-05T00:00Z", 5, 3]);
  });

  it("costs little however much it is", () => {
    const plan = planOf({
      rrule: "FREQ=DAILY;BYHOUR=0,6,12,18;BYMINUTE=0,10,20,30,40,50",
      dtstart: "1900-01-01T00:00:00",
    });
    const found = told({ ...plan, missed: "all" }, completed("2026-05-02T12:05:00Z"));
    expect(found).toEqual([
      "2026-04-28T12:20:00",
      "2026-04-28T10:20Z",
      expect.any(Number),
      expect.any(Number),
    ]);
  });
});

describe("the end of a rule", () => {
  const thrice = planOf({ rrule: "FREQ=DAILY;COUNT=3", dtstart: "2026-05-01T09:00:00", tzid: "UTC" });
  const last = { ...thrice, recurrenceId: "2026-05-03T09:00:00", number: 3 };

  it("comes by COUNT behind the occurrence with that number [R022]", () => {
    expect(told(last, completed("2026-05-03T10:00:00Z"))).toEqual(["exhausted", 0]);
  });

  it("comes by COUNT also where the user left occurrences out: they have numbers", () => {
    const plan = { ...thrice, excluded: ["2026-05-01T09:00:00", "2026-05-02T09:00:00"] };
    expect(told(plan, skipped("2026-05-01T08:00:00Z"))).toEqual([
      "2026-05-03T09:00:00",
      "2026-05-03T09:00Z",
      3,
      0,
    ]);
    const all = { ...plan, excluded: [...plan.excluded, "2026-05-03T09:00:00"] };
    expect(told(all, skipped("2026-05-01T08:00:00Z"))).toEqual(["exhausted", 0]);
  });

  it("makes the last one if it was missed, unless what was missed is left out", () => {
    const late = completed("2026-05-20T10:00:00Z");
    expect(told(thrice, late)).toEqual(["2026-05-03T09:00:00", "2026-05-03T09:00Z", 3, 1]);
    expect(told({ ...thrice, missed: "none" }, late)).toEqual(["exhausted", 2]);
  });

  it("comes by UNTIL, which is inclusive [R022]", () => {
    const plan = planOf({
      rrule: "FREQ=DAILY;UNTIL=20260502T090000Z",
      dtstart: "2026-05-01T09:00:00",
      tzid: "UTC",
    });
    expect(told(plan, completed("2026-05-01T09:00:00Z"))).toEqual([
      "2026-05-02T09:00:00",
      "2026-05-02T09:00Z",
      2,
      0,
    ]);
    const behind = { ...plan, recurrenceId: "2026-05-02T09:00:00", number: 2 };
    expect(told(behind, completed("2026-05-02T09:00:00Z"))).toEqual(["exhausted", 0]);
  });
});

describe("a series of whole days whose rule names times", () => {
  it("has one occurrence a day", () => {
    const plan = planOf({ rrule: "FREQ=DAILY;BYHOUR=9,17", dtstart: "2026-12-02T00:00:00", allDay: true });
    expect(told(plan, completed("2026-12-02T07:00:00Z"))[0]).toBe("2026-12-03T00:00:00");
    const made = { ...plan, recurrenceId: "2026-12-02T17:00:00", number: 2 };
    expect(told(made, completed("2026-12-02T20:00:00Z"))[0]).toBe("2026-12-03T00:00:00");
  });
});

describe("a series anchored at completions", () => {
  const plan = planOf({
    rrule: "FREQ=DAILY;INTERVAL=3",
    dtstart: "2026-03-20T09:00:00",
    anchor: "completion",
  });

  it("starts anew on the day of the completion, at the time of day it has, over a change of the clocks", () => {
    expect(told(plan, completed("2026-03-27T20:00:00Z"))).toEqual([
      "2026-03-30T09:00:00",
      "2026-03-30T07:00Z",
      2,
      0,
    ]);
  });

  it("takes the day of the completion from the clock of its zone", () => {
    expect(told(plan, completed("2026-03-24T22:59:00Z"))[0]).toBe("2026-03-27T09:00:00");
    expect(told(plan, completed("2026-03-24T23:01:00Z"))[0]).toBe("2026-03-28T09:00:00");
  });

  it("counts from the day of the completion also where that was ahead of its time", () => {
    const next = { ...plan, recurrenceId: "2026-03-23T09:00:00", number: 2 };
    expect(told(next, completed("2026-03-18T10:00:00Z"))).toEqual([
      "2026-03-21T09:00:00",
      "2026-03-21T08:00Z",
      3,
      0,
    ]);
    const ahead = (rrule: string, due: string, time = "2026-11-30T12:00:00Z") => {
      const made = planOf({ rrule, dtstart: `${due}T00:00:00`, anchor: "completion", allDay: true });
      return told(made, completed(time))[0];
    };
    expect(ahead("FREQ=DAILY;INTERVAL=7", "2026-12-10")).toBe("2026-12-07T00:00:00");
    expect(ahead("FREQ=MONTHLY", "2026-12-31")).toBe("2026-12-30T00:00:00");
    expect(ahead("FREQ=WEEKLY;BYDAY=TU,FR", "2026-12-11")).toBe("2026-12-01T00:00:00");
    expect(ahead("FREQ=YEARLY", "2027-06-01")).toBe("2027-11-30T00:00:00");
    expect(ahead("FREQ=DAILY;INTERVAL=7", "2026-12-10", "2026-11-30T23:30:00Z")).toBe("2026-12-08T00:00:00");
    expect(ahead("FREQ=DAILY;INTERVAL=7;COUNT=2", "2026-12-10")).toBe("2026-12-07T00:00:00");
    expect(ahead("FREQ=DAILY;INTERVAL=7;UNTIL=20261206", "2026-12-04")).toBe("exhausted");
  });

  it("comes to the same time once more where the completion ahead leads there", () => {
    const next = { ...plan, recurrenceId: "2026-03-23T09:00:00", number: 2 };
    expect(told(next, completed("2026-03-20T10:00:00Z")).slice(0, 3)).toEqual([
      "2026-03-23T09:00:00",
      "2026-03-23T08:00Z",
      3,
    ]);
    const again = { ...next, recurrenceId: "2026-03-23T09:00:00.2", number: 3 };
    expect(told(again, completed("2026-03-23T10:00:00Z"))[0]).toBe("2026-03-26T09:00:00");
    expect(told(again, skipped("2026-03-20T10:00:00Z"))[0]).toBe("2026-03-26T09:00:00");
  });

  it("goes on from an occurrence that was left out, for that is no completion", () => {
    expect(told(plan, skipped("2026-03-22T10:00:00Z"))[0]).toBe("2026-03-23T09:00:00");
  });

  it("ends by COUNT at the occurrence with that number, whenever the ones before were done [R022]", () => {
    const counted = { ...plan, rrule: "FREQ=DAILY;INTERVAL=3;COUNT=2" };
    expect(told(counted, completed("2026-06-01T10:00:00Z"))[0]).toBe("2026-06-04T09:00:00");
    const last = { ...counted, recurrenceId: "2026-06-04T09:00:00", number: 2 };
    expect(told(last, completed("2026-06-04T10:00:00Z"))).toEqual(["exhausted", 0]);
  });

  it("catches up on what fell due after the completion, and on nothing before it", () => {
    const done = completed("2026-06-01T10:00:00Z");
    expect(told(plan, done, new Date("2026-06-12T10:00:00Z"))).toEqual([
      "2026-06-10T09:00:00",
      "2026-06-10T07:00Z",
      4,
      2,
    ]);
  });
});

describe("a series that is made by due date", () => {
  const plan = planOf({
    rrule: "FREQ=WEEKLY",
    dtstart: "2026-05-04T09:00:00",
    tzid: "UTC",
    trigger: "due",
  });

  it("waits for the next one, done or not", () => {
    const now = new Date("2026-05-05T09:00:00Z");
    expect(told(plan, undefined, now)).toEqual(["wait", "2026-05-11T09:00Z"]);
    expect(told(plan, completed("2026-05-05T09:00:00Z"))).toEqual(["wait", "2026-05-11T09:00Z"]);
  });

  it.each(["one", "all", "none"] as const)("makes it the moment it falls due (missed: %s)", (missed) => {
    const now = new Date("2026-05-11T09:00:00Z");
    expect(told({ ...plan, missed }, undefined, now)).toEqual([
      "2026-05-11T09:00:00",
      "2026-05-11T09:00Z",
      2,
      0,
    ]);
  });

  it("after a downtime makes the latest, all, or none of them and waits on", () => {
    const now = new Date("2026-06-05T09:00:00Z");
    expect(told(plan, undefined, now)).toEqual(["2026-06-01T09:00:00", "2026-06-01T09:00Z", 5, 3]);
    expect(told({ ...plan, missed: "all" }, undefined, now)[0]).toBe("2026-05-11T09:00:00");
    expect(told({ ...plan, missed: "none" }, undefined, now)).toEqual(["wait", "2026-06-08T09:00Z"]);
    const then = new Date("2026-06-08T09:00:01Z");
    expect(told({ ...plan, missed: "none" }, undefined, then)).toEqual([
      "2026-06-08T09:00:00",
      "2026-06-08T09:00Z",
      6,
      4,
    ]);
  });
});

it("a time that the clocks leave out keeps its name and moves by what they move", () => {
  const plan = planOf({ rrule: "FREQ=DAILY", dtstart: "2026-03-28T02:30:00" });
  expect(told(plan, completed("2026-03-28T08:00:00Z"))).toEqual([
    "2026-03-29T02:30:00",
    "2026-03-29T01:30Z",
    2,
    0,
  ]);
  const gap = { ...plan, recurrenceId: "2026-03-29T02:30:00", number: 2 };
  expect(told(gap, completed("2026-03-29T08:00:00Z"))).toEqual([
    "2026-03-30T02:30:00",
    "2026-03-30T00:30Z",
    3,
    0,
  ]);
});

describe("a series that counts hours or minutes", () => {
  const pills = planOf({ rrule: "FREQ=HOURLY;INTERVAL=8", dtstart: "2026-03-28T17:00:00" });
  const follow = (plan: SeriesPlan, done: Done) => told(plan, done).slice(0, 2);

  it("goes on by the time that passes, over both changes of the clocks", () => {
    const night = { ...pills, recurrenceId: "2026-03-29T01:00:00", number: 2 };
    expect(follow(pills, completed("2026-03-28T16:05:00Z"))).toEqual([
      "2026-03-29T01:00:00",
      "2026-03-29T00:00Z",
    ]);
    expect(follow(night, completed("2026-03-29T00:05:00Z"))).toEqual([
      "2026-03-29T10:00:00",
      "2026-03-29T08:00Z",
    ]);
  });

  it("has a second occurrence of the hour that the clock has twice, by a name of its own", () => {
    let plan = planOf({ rrule: "FREQ=HOURLY", dtstart: "2026-10-25T01:30:00" });
    const names = [23, 24, 25, 26, 27].map((hour) => {
      const done = completed(new Date(Date.UTC(2026, 9, 24, hour, 31)).toISOString());
      const [recurrenceId] = told(plan, done);
      plan = { ...plan, recurrenceId: String(recurrenceId), number: plan.number + 1 };
      return recurrenceId;
    });
    expect(names).toEqual([
      "2026-10-25T02:30:00",
      "2026-10-25T02:30:00.2",
      "2026-10-25T03:30:00",
      "2026-10-25T04:30:00",
      "2026-10-25T05:30:00",
    ]);
  });

  it("counts from the very completion where it goes by that", () => {
    const plan: SeriesPlan = { ...pills, anchor: "completion" };
    expect(follow(plan, completed("2026-03-28T20:17:00Z"))).toEqual([
      "2026-03-29T06:17:00",
      "2026-03-29T04:17Z",
    ]);
    expect(follow(plan, completed("2026-03-28T12:17:00Z"))).toEqual([
      "2026-03-28T21:17:00",
      "2026-03-28T20:17Z",
    ]);
    expect(follow(plan, skipped("2026-03-28T12:17:00Z"))).toEqual([
      "2026-03-29T01:00:00",
      "2026-03-29T00:00Z",
    ]);
  });

  it("tells how many were missed, ends by COUNT, and is quick after years", () => {
    const late = completed("2026-03-30T17:00:00Z");
    expect(told(pills, late)).toEqual(["2026-03-30T18:00:00", "2026-03-30T16:00Z", 7, 5]);
    expect(told({ ...pills, missed: "none" }, late)).toEqual([
      "2026-03-31T02:00:00",
      "2026-03-31T00:00Z",
      8,
      6,
    ]);
    const ends = {
      ...pills,
      rrule: "FREQ=HOURLY;INTERVAL=8;COUNT=2",
      recurrenceId: "2026-03-29T01:00:00",
      number: 2,
    };
    expect(told(ends, completed("2026-03-29T01:00:00Z"))).toEqual(["exhausted", 0]);
    const often = planOf({ rrule: "FREQ=MINUTELY;INTERVAL=5", dtstart: "2026-03-28T17:00:00" });
    expect(told(often, completed("2036-03-28T17:02:00Z"))[0]).toBe("2036-03-28T18:00:00");
  });
});
