import { civilOf, modulo, weekdayOf } from "../calendar/civil.ts";
import { monthDays, monthSpan, namedDays, type Span, weekDays, yearDays, yearSpan } from "./candidates.ts";
import type { Pattern } from "./pattern.ts";
import { monthOf } from "./periods.ts";

/** The days of the period that starts on `start`, ascending and without repeats. */
export type DaysOf = (start: number) => number[];

type Check = (day: number) => boolean;

/** The function that finds the days of a period of this pattern. */
export function daysOf(pattern: Pattern): DaysOf {
  switch (pattern.frequency) {
    case "DAILY":
      return daily(pattern);
    case "WEEKLY":
      return weekly(pattern);
    case "MONTHLY":
      return monthly(pattern);
    case "YEARLY":
      return yearly(pattern);
  }
}

function daily(pattern: Pattern): DaysOf {
  const checks = [
    ...monthCheck(pattern),
    ...monthDayCheck(pattern),
    ...yearDayCheck(pattern),
    ...weekdayCheck(pattern),
  ];
  return (start) => (checks.every((check) => check(start)) ? [start] : []);
}

function weekly(pattern: Pattern): DaysOf {
  const { byDay, weekStart } = pattern;
  const offsets = byDay.map(({ weekday }) => modulo(weekday - weekStart, 7)).sort((a, b) => a - b);
  const checks = monthCheck(pattern);
  return (start) =>
    kept(
      offsets.map((offset) => start + offset),
      checks,
    );
}

function monthly(pattern: Pattern): DaysOf {
  const { months } = pattern;
  const byMonthDay = pattern.monthDays.length > 0;
  const checks = byMonthDay ? dayChecks(pattern, monthAround) : [];
  return (start) => {
    const span = monthAround(start);
    if (months !== undefined && !months[(monthOf(start) % 12) + 1]) return [];
    const days = byMonthDay ? monthDays(pattern, span) : namedDays(pattern, span);
    return ordered(kept(days, checks));
  };
}

function yearly(pattern: Pattern): DaysOf {
  const { months } = pattern;
  const numbered =
    pattern.monthDays.length > 0 || pattern.yearDays.length > 0 || pattern.weekNumbers.length > 0;
  const checks = yearlyChecks(pattern);
  const scope = months === undefined ? yearAround : monthAround;
  if (numbered) checks.push(...dayChecks(pattern, scope));
  return (start) => ordered(kept(yearCandidates(pattern, civilOf(start).year), checks));
}

/** The part that names the fewest days names the candidates; the others check them. */
function yearCandidates(pattern: Pattern, year: number): number[] {
  if (pattern.monthDays.length > 0) return inMonths(pattern, year, (span) => monthDays(pattern, span));
  if (pattern.yearDays.length > 0) return yearDays(pattern, yearSpan(year));
  if (pattern.weekNumbers.length > 0) return weekDays(pattern, year);
  if (pattern.months === undefined) return namedDays(pattern, yearSpan(year));
  return inMonths(pattern, year, (span) => namedDays(pattern, span));
}

function inMonths({ months }: Pattern, year: number, find: (span: Span) => number[]): number[] {
  const days: number[] = [];
  for (let month = 1; month <= 12; month += 1) {
    if (months === undefined || months[month]) days.push(...find(monthSpan(year, month)));
  }
  return days;
}

function yearlyChecks(pattern: Pattern): Check[] {
  const byMonthDay = pattern.monthDays.length > 0;
  const byYearDay = pattern.yearDays.length > 0;
  const byWeek = pattern.weekNumbers.length > 0;
  const checks: Check[] = [];
  if (!byMonthDay && (byYearDay || byWeek)) checks.push(...monthCheck(pattern));
  if (byMonthDay && byYearDay) checks.push(among((year) => yearDays(pattern, yearSpan(year))));
  if ((byMonthDay || byYearDay) && byWeek) checks.push(among((year) => weekDays(pattern, year)));
  return checks;
}

/** Whether a day is among those that a part names in the day's year. */
function among(find: (year: number) => number[]): Check {
  let known = { year: Number.NaN, days: new Set<number>() };
  return (day) => {
    const { year } = civilOf(day);
    if (known.year !== year) known = { year, days: new Set(find(year)) };
    return known.days.has(day);
  };
}

function monthCheck({ months }: Pattern): Check[] {
  return months === undefined ? [] : [(day) => months[civilOf(day).month] === true];
}

function monthDayCheck({ monthDays: named }: Pattern): Check[] {
  if (named.length === 0) return [];
  return [
    (day) => {
      const { from, to } = monthAround(day);
      return named.some((number) => day === (number > 0 ? from + number - 1 : to + number));
    },
  ];
}

function yearDayCheck({ yearDays: named }: Pattern): Check[] {
  if (named.length === 0) return [];
  return [
    (day) => {
      const { from, to } = yearAround(day);
      return named.some((number) => day === (number > 0 ? from + number - 1 : to + number));
    },
  ];
}

function weekdayCheck({ byDay }: Pattern): Check[] {
  if (byDay.length === 0) return [];
  const wanted = Array.from({ length: 7 }, (_, weekday) => byDay.some((day) => day.weekday === weekday));
  return [(day) => wanted[weekdayOf(day)] === true];
}

/** BYDAY beside a part that names days: it keeps those that are one of its weekdays. */
function dayChecks(pattern: Pattern, around: (day: number) => Span): Check[] {
  const { byDay } = pattern;
  if (byDay.every(({ ordinal }) => ordinal === 0)) return weekdayCheck(pattern);
  return [(day) => namedDays(pattern, around(day)).includes(day)];
}

function monthAround(day: number): Span {
  const { year, month } = civilOf(day);
  return monthSpan(year, month);
}

function yearAround(day: number): Span {
  return yearSpan(civilOf(day).year);
}

function kept(days: number[], checks: readonly Check[]): number[] {
  return checks.length === 0 ? days : days.filter((day) => checks.every((check) => check(day)));
}

function ordered(days: number[]): number[] {
  if (days.length < 2) return days;
  days.sort((a, b) => a - b);
  return days.filter((day, index) => day !== days[index - 1]);
}
