import library from "rrule";
import { describe, expect, it } from "vitest";
import { civilOf, monthLength, weekdayOf } from "./calendar/civil.ts";
import { daySeconds, formatInstant, parseWall } from "./calendar/wall.ts";
import { RuleFault } from "./fault.ts";
import { type OpenSeries, openSeries } from "./open.ts";
import type { Rule } from "./rule.ts";
import { drawOf } from "./testing/draw.ts";
import { firstOf } from "./testing/first-of.ts";
import type { DrawnRule } from "./testing/random-rule.ts";
import { drawSubDailyRule } from "./testing/sub-daily-rule.ts";

const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"];
const horizonSeconds = 420 * daySeconds;

function instants(rrule: string, dtstart: string, tzid = "UTC", count = 4): string[] {
  const found = firstOf(count, openSeries({ rrule, dtstart, tzid }).occurrences());
  return found.map(({ instant }) => formatInstant(instant).replace(":00Z", "Z"));
}

describe("a rule that counts hours or minutes", () => {
  it("has its occurrences a fixed time apart, whatever the clocks do [R016]", () => {
    expect(instants("FREQ=HOURLY;INTERVAL=8", "2026-03-28T17:00:00", "Europe/Berlin")).toEqual([
      "2026-03-28T16:00Z",
      "2026-03-29T00:00Z",
      "2026-03-29T08:00Z",
      "2026-03-29T16:00Z",
    ]);
    expect(instants("FREQ=MINUTELY;INTERVAL=90", "2026-10-25T01:30:00", "Europe/Berlin")).toEqual([
      "2026-10-24T23:30Z",
      "2026-10-25T01:00Z",
      "2026-10-25T02:30Z",
      "2026-10-25T04:00Z",
    ]);
  });

  it("asks the clock on the wall for what it says of hours and days", () => {
    const working = "FREQ=MINUTELY;INTERVAL=90;BYHOUR=9,10,11,12,13,14,15,16;BYDAY=MO,TU,WE,TH,FR";
    expect(instants(working, "2026-03-27T09:00:00", "Europe/Berlin", 7)).toEqual([
      "2026-03-27T08:00Z",
      "2026-03-27T09:30Z",
      "2026-03-27T11:00Z",
      "2026-03-27T12:30Z",
      "2026-03-27T14:00Z",
      "2026-03-27T15:30Z",
      "2026-03-30T08:00Z",
    ]);
    expect(instants("FREQ=HOURLY;BYMINUTE=0,30", "2026-03-27T09:15:00")).toEqual([
      "2026-03-27T09:30Z",
      "2026-03-27T10:00Z",
      "2026-03-27T10:30Z",
      "2026-03-27T11:00Z",
    ]);
  });

  it("ends by COUNT and by UNTIL, and with the calendar", () => {
    expect(instants("FREQ=HOURLY;INTERVAL=8;COUNT=3", "2026-03-27T09:00:00", "UTC", 9)).toHaveLength(3);
    expect(instants("FREQ=HOURLY;BYHOUR=9;COUNT=2", "2026-03-27T10:00:00", "UTC", 9)).toEqual([
      "2026-03-28T09:00Z",
      "2026-03-29T09:00Z",
    ]);
    const until = "FREQ=HOURLY;INTERVAL=8;UNTIL=20260327T170000";
    expect(instants(until, "2026-03-27T09:00:00", "Europe/Berlin", 9)).toHaveLength(2);
    expect(instants("FREQ=HOURLY;INTERVAL=8", "9999-12-31T09:00:00", "UTC", 9)).toHaveLength(2);
  });

  it.each([
    ["FREQ=MINUTELY", "limit_exceeded", "FREQ"],
    ["FREQ=MINUTELY;INTERVAL=4", "limit_exceeded", "INTERVAL"],
    ["FREQ=MINUTELY;BYMINUTE=0,30", "limit_exceeded", "FREQ"],
    ["FREQ=HOURLY;BYMINUTE=0,4", "limit_exceeded", "BYMINUTE"],
    ["FREQ=HOURLY;BYMINUTE=0,57", "limit_exceeded", "BYMINUTE"],
    ["FREQ=HOURLY;BYSECOND=0,30", "limit_exceeded", "BYSECOND"],
    ["FREQ=MINUTELY;INTERVAL=5;BYSECOND=0,30", "limit_exceeded", "BYSECOND"],
    ["FREQ=HOURLY;BYDAY=1MO", "parts_conflict", "BYDAY"],
    ["FREQ=HOURLY;BYMINUTE=0;BYSETPOS=1", "parts_conflict", "BYSETPOS"],
    ["FREQ=HOURLY;INTERVAL=24;BYHOUR=10", "never_occurs", ""],
    ["FREQ=HOURLY;INTERVAL=168;BYDAY=TU", "never_occurs", ""],
    ["FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "never_occurs", ""],
    ["FREQ=MINUTELY;INTERVAL=5;BYMINUTE=3", "never_occurs", ""],
    ["FREQ=HOURLY;INTERVAL=997;BYHOUR=3;BYMONTH=2;BYMONTHDAY=29", "never_occurs", ""],
  ])("is refused as %s", (rrule, kind, part) => {
    const fault = faultOf(rrule);
    expect([fault?.kind, fault?.place.part]).toEqual([kind, part]);
  });
});

it("2,000 rules of hours and minutes have in UTC the same occurrences here and in the rrule library", () => {
  const draw = drawOf(25);
  let found = 0;
  for (let index = 0; index < 2_000; index += 1) {
    const rule = drawSubDailyRule(draw);
    // Over what such parts leave out the library steps too far.
    if (/MINUTELY.*BY|BYMONTH|BYDAY.*BYHOUR/.test(rule.rrule)) continue;
    const series = opened(rule, "UTC");
    if (series === undefined) continue;
    const own = firstOf(10, series.occurrences()).map(({ instant }) => instant);
    const { dtstart, ...options } = {
      ...library.RRule.parseString(rule.rrule),
      dtstart: new Date(`${rule.dtstart}Z`),
    };
    const theirs = new library.RRule({ ...options, dtstart }).all((_, at) => at < 10);
    expect(own, `${rule.dtstart} ${rule.rrule}`).toEqual(theirs.map((date) => date.getTime() / 1_000));
    found += own.length;
  }
  expect(found).toBeGreaterThan(5_000);
}, 120_000);

it("whatever a rule of hours or minutes says has the occurrences that a walk by its steps finds, and from any point", () => {
  const draw = drawOf(26);
  let found = 0;
  for (let index = 0; index < 400; index += 1) {
    const rule = drawSubDailyRule(draw);
    const series = opened(rule, draw.one(zones));
    const start = parseWall(rule.dtstart) ?? 0;
    const own = series === undefined ? [] : until(start + horizonSeconds, series);
    const walked = series === undefined ? [] : walkedIn(series, start + horizonSeconds);
    expect(own, `${rule.dtstart} ${rule.rrule} ${series?.zone.tzid}`).toEqual(walked);
    found += own.length;
    const at = own[draw.number(0, Math.max(own.length - 1, 0))];
    if (series === undefined || at === undefined) continue;
    const rest = own.filter((instant) => instant > at);
    expect(firstOf(rest.length, series.occurrences(at)).map(({ instant }) => instant)).toEqual(rest);
  }
  expect(found).toBeGreaterThan(5_000);
}, 120_000);

function opened({ rrule, dtstart }: DrawnRule, tzid: string): OpenSeries | undefined {
  try {
    return openSeries({ rrule, dtstart, tzid });
  } catch (error) {
    if (error instanceof RuleFault && error.kind === "never_occurs") return undefined;
    throw error;
  }
}

function faultOf(rrule: string): RuleFault | undefined {
  try {
    openSeries({ rrule, dtstart: "2026-01-05T09:00:00", tzid: "UTC" });
    return undefined;
  } catch (error) {
    if (error instanceof RuleFault) return error;
    throw error;
  }
}

const most = 60;

function until(horizon: number, series: OpenSeries): number[] {
  const found = firstOf(most, series.occurrences()).map(({ instant }) => instant);
  return found.filter((instant) => instant < horizon);
}

/** Every minute from the start, kept if it is a step of the rule and the clock shows what the rule wants. */
function walkedIn({ rule, zone, start, until: end }: OpenSeries, horizon: number): number[] {
  const first = zone.instantOf(start).instant;
  const found: number[] = [];
  const bound = Math.min(horizon, (end ?? horizon) + 1);
  for (
    let instant = first;
    instant < bound && found.length < Math.min(most, rule.count ?? most);
    instant += 300
  ) {
    if (isStep(rule, { first, instant, zone })) found.push(instant);
  }
  return found;
}

function isStep(
  rule: Rule,
  { first, instant, zone }: { first: number; instant: number; zone: OpenSeries["zone"] },
): boolean {
  const wall = zone.wallOf(instant);
  const minute = Math.floor(wall / 60) % 60;
  if (rule.frequency === "MINUTELY" && (instant - first) % (rule.interval * 60) !== 0) return false;
  if (rule.frequency === "HOURLY") {
    const named = rule.byMinute.length > 0 ? rule.byMinute : [Math.floor(zone.wallOf(first) / 60) % 60];
    if (rule.byMinute.length > 0 && !named.includes(minute)) return false;
    if (rule.byMinute.length === 0 && (instant - first) % (rule.interval * 3_600) !== 0) return false;
    const step = rule.interval * 3_600;
    // The step whose hour on the wall this is.
    const near = first + Math.round((instant - first) / step) * step;
    const bases = [near - step, near, near + step].filter((base) => base >= first);
    const hourOf = (base: number) => base - (zone.wallOf(base) % 3_600);
    if (!bases.some((base) => hourOf(base) + minute * 60 === instant)) return false;
  }
  const { year, month, day } = civilOf(Math.floor(wall / daySeconds));
  const fromEnd = day - monthLength(year, month) - 1;
  return (
    (rule.byMonth.length === 0 || rule.byMonth.includes(month)) &&
    (rule.byMonthDay.length === 0 || rule.byMonthDay.includes(day) || rule.byMonthDay.includes(fromEnd)) &&
    (rule.byDay.length === 0 ||
      rule.byDay.some(({ weekday }) => weekday === weekdayOf(Math.floor(wall / daySeconds)))) &&
    (rule.byHour.length === 0 || rule.byHour.includes(Math.floor(wall / 3_600) % 24))
  );
}
