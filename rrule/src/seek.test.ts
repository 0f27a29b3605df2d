import fc from "fast-check";
import { expect, it } from "vitest";
import type { Occurrence } from "./expand/occurrence.ts";
import { RuleFault } from "./fault.ts";
import { type OpenSeries, openSeries } from "./open.ts";
import { drawOf } from "./testing/draw.ts";
import { firstOf } from "./testing/first-of.ts";
import { drawAnyRule } from "./testing/random-rule.ts";

const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Asia/Tehran",
];

it("a series that seeks gives from any point what it gives when it walks there [R016]", () => {
  const draw = drawOf(5);
  let compared = 0;
  for (let index = 0; index < 800; index += 1) {
    const series = opened(draw.one(zones), drawAnyRule(draw));
    if (series === undefined) continue;
    const all = firstOf(60, series.occurrences());
    for (const at of [draw.number(0, all.length - 1), draw.number(0, all.length - 1)]) {
      const { instant } = all[at] as Occurrence;
      const rest = all.slice(at + 1);
      expect(firstOf(rest.length, series.occurrences(instant))).toEqual(rest);
      expect(firstOf(rest.length + 1, series.occurrences(instant - 1))).toEqual(all.slice(at));
    }
    compared += 1;
  }
  expect(compared).toBeGreaterThan(500);
}, 60_000);

it("occurrences come in order and none twice", () => {
  const draw = drawOf(6);
  for (let index = 0; index < 500; index += 1) {
    const series = opened(draw.one(zones), drawAnyRule(draw));
    const instants = firstOf(40, series?.occurrences() ?? []).map(({ instant }) => instant);
    expect(instants).toEqual([...new Set(instants)].sort((a, b) => a - b));
  }
}, 60_000);

const text = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc
    .array(
      fc.tuple(
        fc.constantFrom(
          "FREQ",
          "COUNT",
          "UNTIL",
          "BYDAY",
          "BYMONTH",
          "BYMONTHDAY",
          "BYSETPOS",
          "BYHOUR",
          "X",
          "",
        ),
        fc.oneof(
          fc.constantFrom("DAILY", "YEARLY", "MO", "-1FR", "20300101", "31,30"),
          fc.stringMatching(/^[-0-9,]{0,8}$/),
        ),
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.map(([name, value]) => `${name}=${value}`).join(";")),
);

it("whatever is written as a rule is expanded or refused with a fault inside the text", () => {
  const start = fc.oneof(fc.constant("2026-01-31T09:00:00"), fc.string({ maxLength: 24 }));
  fc.assert(
    fc.property(text, start, fc.oneof(fc.constantFrom(...zones), fc.string()), (rrule, dtstart, tzid) => {
      try {
        expect(firstOf(5, openSeries({ rrule, dtstart, tzid }).occurrences()).length).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof RuleFault)) throw error;
        const longest = Math.max(rrule.length, dtstart.length, tzid.length, 1);
        expect(error.place.start).toBeLessThanOrEqual(longest);
        expect(error.place.end).toBeLessThanOrEqual(longest + 1);
      }
    }),
    { numRuns: 3000 },
  );
}, 60_000);

function opened(tzid: string, rule: { rrule: string; dtstart: string }): OpenSeries | undefined {
  try {
    const series = openSeries({ ...rule, tzid });
    return series.occurrences().next().done ? undefined : series;
  } catch (error) {
    if (error instanceof RuleFault) return undefined;
    throw error;
  }
}
