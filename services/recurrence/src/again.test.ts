import { describe, expect, it } from "vitest";
import { again, mayMove } from "./again.ts";
import { lastFriday, planOf } from "./testing/plans.ts";

const seconds = (time: string) => Date.parse(time) / 1_000;

describe("the instants of the occurrence that was made last", () => {
  it("are its time on the wall, and that of the one behind it, each on its own side of a change of clocks", () => {
    const plan = { ...lastFriday, recurrenceId: "2026-03-27T17:00:00", number: 3 };
    expect(again(plan)).toEqual({
      kind: "again",
      instant: seconds("2026-03-27T16:00:00Z"),
      following: seconds("2026-04-24T15:00:00Z"),
    });
  });

  it("have none behind them where COUNT ends the rule", () => {
    const plan = planOf({ rrule: "FREQ=DAILY;COUNT=1", dtstart: "2026-07-01T09:00:00" });
    expect(again(plan)).toMatchObject({ instant: seconds("2026-07-01T07:00:00Z"), following: undefined });
  });

  it("pass over what the user left out", () => {
    const plan = planOf({ rrule: "FREQ=DAILY", dtstart: "2026-07-01T09:00:00" });
    const found = again({ ...plan, excluded: ["2026-07-02T09:00:00"] });
    expect(found.following).toBe(seconds("2026-07-03T07:00:00Z"));
  });

  it("are counted from the occurrence itself, where the rule starts anew on each completion", () => {
    const plan = planOf({ rrule: "FREQ=WEEKLY", dtstart: "2026-07-01T09:00:00" });
    const moved = { ...plan, anchor: "completion" as const, recurrenceId: "2026-07-04T09:00:00", number: 2 };
    expect(again(moved).following).toBe(seconds("2026-07-11T07:00:00Z"));
  });
});

it("a clock that nobody sets is not moved by new time zones", () => {
  expect(["UTC", "Etc/UTC", "Etc/GMT+5", "Europe/Berlin"].map(mayMove)).toEqual([false, false, false, true]);
});
