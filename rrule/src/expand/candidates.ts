import { dayOf, modulo, monthLength, weekdayOf, yearLength } from "../calendar/civil.ts";
import { firstWeekOf, weeksIn } from "../calendar/weeks.ts";
import type { Pattern } from "./pattern.ts";

/** Days in a row: from `from` to before `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export function yearSpan(year: number): Span {
  const from = dayOf(year, 1, 1);
  return { from, to: from + yearLength(year) };
}

export function monthSpan(year: number, month: number): Span {
  const from = dayOf(year, month, 1);
  return { from, to: from + monthLength(year, month) };
}

/** The days of a month that BYMONTHDAY names, those it does not have dealt with as SKIP says. */
export function monthDays({ monthDays: named, skip }: Pattern, { from, to }: Span): number[] {
  const days: number[] = [];
  for (const number of named) {
    const day = number > 0 ? from + number - 1 : to + number;
    if (day >= from && day < to) days.push(day);
    else if (skip !== "OMIT") days.push(skip === "BACKWARD" ? to - 1 : to);
  }
  return days;
}

/** The days of a year that BYYEARDAY names. */
export function yearDays({ yearDays: named, skip }: Pattern, { from, to }: Span): number[] {
  const days: number[] = [];
  for (const number of named) {
    const day = number > 0 ? from + number - 1 : to + number;
    if (day >= from && day < to) days.push(day);
    else if (skip !== "OMIT") days.push(skip === "BACKWARD" ? to - 1 : to);
  }
  return days;
}

/** The days of a year that lie in the weeks BYWEEKNO names, be they weeks of this year or of its neighbours. */
export function weekDays({ weekNumbers, weekStart }: Pattern, year: number): number[] {
  const { from, to } = yearSpan(year);
  const days: number[] = [];
  for (const counted of [year - 1, year, year + 1]) {
    const first = firstWeekOf(counted, weekStart);
    const weeks = weeksIn(counted, weekStart);
    for (const number of weekNumbers) {
      const week = number > 0 ? number - 1 : weeks + number;
      if (week < 0 || week >= weeks) continue;
      const start = first + week * 7;
      for (let day = Math.max(start, from); day < Math.min(start + 7, to); day += 1) days.push(day);
    }
  }
  return days;
}

/** The days that BYDAY names in a month or a year. */
export function namedDays({ byDay }: Pattern, { from, to }: Span): number[] {
  const days: number[] = [];
  for (const { weekday, ordinal } of byDay) {
    const first = from + modulo(weekday - weekdayOf(from), 7);
    const last = to - 1 - modulo(weekdayOf(to - 1) - weekday, 7);
    if (ordinal === 0) for (let day = first; day < to; day += 7) days.push(day);
    else days.push(ordinal > 0 ? first + (ordinal - 1) * 7 : last + (ordinal + 1) * 7);
  }
  return days.filter((day) => day >= from && day < to);
}
