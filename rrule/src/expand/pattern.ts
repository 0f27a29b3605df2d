import { civilOf, weekdayOf } from "../calendar/civil.ts";
import { daySeconds } from "../calendar/wall.ts";
import type { ByDay, CalendarFrequency, CalendarRule, Rule, Skip } from "../rule.ts";

/** A rule with what it takes from its start, in a form made for arithmetic. */
export interface Pattern {
  readonly frequency: CalendarFrequency;
  readonly interval: number;
  readonly weekStart: number;
  readonly skip: Skip;
  readonly startDay: number;
  /** True at the numbers of its months, or `undefined` for all. */
  readonly months: readonly boolean[] | undefined;
  readonly monthDays: readonly number[];
  readonly yearDays: readonly number[];
  readonly weekNumbers: readonly number[];
  readonly byDay: readonly ByDay[];
  /** Seconds of the day, ascending. */
  readonly times: readonly number[];
  readonly positions: readonly number[];
}

/** Takes what the rule does not say from the start, as RFC 5545 wants it. */
export function patternOf(rule: CalendarRule, start: number): Pattern {
  const startDay = Math.floor(start / daySeconds);
  const civil = civilOf(startDay);
  const daysSaid = [rule.byWeekNo, rule.byYearDay, rule.byMonthDay, rule.byDay].some(
    (list) => list.length > 0,
  );
  const dayOfMonth = !daysSaid && (rule.frequency === "MONTHLY" || rule.frequency === "YEARLY");
  const monthOfStart = dayOfMonth && rule.frequency === "YEARLY" && rule.byMonth.length === 0;
  const weekdayOfStart = !daysSaid && rule.frequency === "WEEKLY";
  return {
    frequency: rule.frequency,
    interval: rule.interval,
    weekStart: rule.weekStart,
    skip: rule.skip,
    startDay,
    months: maskOf(monthOfStart ? [civil.month] : rule.byMonth),
    monthDays: dayOfMonth ? [civil.day] : rule.byMonthDay,
    yearDays: rule.byYearDay,
    weekNumbers: rule.byWeekNo,
    byDay: weekdayOfStart ? [{ weekday: weekdayOf(startDay), ordinal: 0 }] : rule.byDay,
    times: timesOf(rule, start - startDay * daySeconds),
    positions: rule.bySetPos,
  };
}

function maskOf(months: readonly number[]): boolean[] | undefined {
  if (months.length === 0) return undefined;
  return Array.from({ length: 13 }, (_, month) => months.includes(month));
}

/** A clock without leap seconds reads second 60 as 59. */
function timesOf({ byHour, byMinute, bySecond }: Rule, second: number): number[] {
  const hours = byHour.length > 0 ? byHour : [Math.floor(second / 3600)];
  const minutes = byMinute.length > 0 ? byMinute : [Math.floor(second / 60) % 60];
  const seconds = bySecond.length > 0 ? bySecond.map((value) => Math.min(value, 59)) : [second % 60];
  const times = hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => h * 3600 + m * 60 + s)));
  return [...new Set(times)];
}
