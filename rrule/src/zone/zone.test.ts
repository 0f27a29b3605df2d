import { describe, expect, it } from "vitest";
import { formatInstant, formatWall, parseWall } from "../calendar/wall.ts";
import { openSeries } from "../open.ts";
import { firstOf } from "../testing/first-of.ts";
import { zoneOf } from "./zone.ts";

/** A zone, a time on the wall beside a change of its clock, and what is made of it. */
type Change = [tzid: string, wall: string, instant: string, reading: "exact" | "gap" | "overlap"];

const changes: Change[] = [
  ["Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z", "gap"],
  ["Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z", "overlap"],
  ["America/New_York", "2026-03-08T02:00:00", "2026-03-08T07:00:00Z", "gap"],
  ["America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z", "overlap"],
  ["Europe/London", "2026-03-29T01:59:59", "2026-03-29T01:59:59Z", "gap"],
  ["Europe/London", "2026-03-29T02:00:00", "2026-03-29T01:00:00Z", "exact"],
  ["Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:45:00Z", "gap"],
  ["Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z", "overlap"],
  ["Pacific/Apia", "2011-12-30T09:00:00", "2011-12-30T19:00:00Z", "gap"],
  ["Pacific/Apia", "2011-12-31T09:00:00", "2011-12-30T19:00:00Z", "exact"],
  ["Africa/Cairo", "2010-08-12T00:15:00", "2010-08-11T22:15:00Z", "exact"],
  ["Africa/Casablanca", "2017-05-21T02:30:00", "2017-05-21T01:30:00Z", "overlap"],
  ["Asia/Tehran", "2022-03-22T00:30:00", "2022-03-21T21:00:00Z", "gap"],
  ["Asia/Kathmandu", "2026-07-01T00:00:00", "2026-06-30T18:15:00Z", "exact"],
  ["Pacific/Auckland", "2026-04-05T02:30:00", "2026-04-04T13:30:00Z", "overlap"],
  ["America/St_Johns", "2026-03-08T02:30:00", "2026-03-08T06:00:00Z", "gap"],
];

describe("a time on the wall", () => {
  it.each(changes)("in %s at %s is %s (%s)", (tzid, wall, instant, reading) => {
    const found = zoneOf(tzid).instantOf(parseWall(wall) ?? Number.NaN);
    expect([formatInstant(found.instant), found.reading]).toEqual([instant, reading]);
  });

  it("comes back from its instant, wherever the clock has it", () => {
    for (const tzid of new Set(changes.map(([name]) => name))) {
      const zone = zoneOf(tzid);
      const from = parseWall("2010-01-01") ?? 0;
      for (let wall = from; wall < from + 17 * 365 * 86_400; wall += 94_861) {
        const { instant, reading } = zone.instantOf(wall);
        if (reading !== "gap") expect(formatWall(zone.wallOf(instant))).toBe(formatWall(wall));
      }
    }
  }, 60_000);
});

describe("every day at half past two", () => {
  it.each([...new Set(changes.map(([tzid]) => tzid))])(
    "stays on the wall of %s, over all changes of its clock [R023]",
    (tzid) => {
      const series = openSeries({ rrule: "FREQ=DAILY", dtstart: "2009-12-31T02:30:00", tzid });
      let moved = 0;
      for (const { instant, reading } of firstOf(365 * 16, series.occurrences())) {
        const shown = formatWall(series.zone.wallOf(instant)).slice(11);
        if (reading === "gap") moved += 1;
        else expect(shown).toBe("02:30:00");
      }
      expect(moved).toBeLessThanOrEqual(2 * 16);
    },
  );

  it("is once on the day that Samoa left out and the day after", () => {
    const series = openSeries({
      rrule: "FREQ=DAILY;COUNT=3",
      dtstart: "2011-12-29T09:00:00",
      tzid: "Pacific/Apia",
    });
    const steps = [...series.steps()].map(({ instant, skipped }) => [formatInstant(instant), skipped]);
    expect(steps).toEqual([
      ["2011-12-29T19:00:00Z", undefined],
      ["2011-12-30T19:00:00Z", undefined],
      ["2011-12-30T19:00:00Z", "same_instant"],
    ]);
  });
});
