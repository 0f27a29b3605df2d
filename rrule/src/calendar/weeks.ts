import { dayOf, modulo, weekdayOf } from "./civil.ts";

/** The first day of the week that holds `day`, in weeks that start on `weekStart`. */
export function weekStartOf(day: number, weekStart: number): number {
  return day - modulo(weekdayOf(day) - weekStart, 7);
}

/** The first day of week 1 of a year: the first week with at least four days in it. */
export function firstWeekOf(year: number, weekStart: number): number {
  return weekStartOf(dayOf(year, 1, 4), weekStart);
}

/** How many weeks a year has, 52 or 53. */
export function weeksIn(year: number, weekStart: number): number {
  return (firstWeekOf(year + 1, weekStart) - firstWeekOf(year, weekStart)) / 7;
}
