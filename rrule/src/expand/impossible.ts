import { weekdayOf } from "../calendar/civil.ts";
import type { Pattern } from "./pattern.ts";

const longestMonths = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether a pattern plainly never matches. Those that are not plain are found out by the calendar's 400 years. */
export function isImpossible(pattern: Pattern): boolean {
  return picksNothing(pattern) || neverThatWeekday(pattern) || neverThatDay(pattern);
}

/** Every position lies beyond what a period can hold. */
function picksNothing({ positions, times, ...days }: Pattern): boolean {
  const most = mostDays(days) * times.length;
  return positions.length > 0 && positions.every((position) => Math.abs(position) > most);
}

/** How many days a period has at most, as far as that is plain. */
function mostDays({
  frequency,
  byDay,
  monthDays,
}: Pick<Pattern, "frequency" | "byDay" | "monthDays">): number {
  if (frequency === "DAILY") return 1;
  if (frequency === "WEEKLY") return byDay.length;
  if (frequency === "YEARLY") return Number.POSITIVE_INFINITY;
  if (monthDays.length > 0) return monthDays.length;
  return byDay.reduce((sum, { ordinal }) => sum + (ordinal === 0 ? 5 : 1), 0);
}

/** Steps of whole weeks stay on the weekday of the start. */
function neverThatWeekday({ frequency, interval, byDay, startDay }: Pattern): boolean {
  if (frequency !== "DAILY" || byDay.length === 0 || interval % 7 !== 0) return false;
  return byDay.every(({ weekday }) => weekday !== weekdayOf(startDay));
}

/** No month has one of the days. */
function neverThatDay({ frequency, months, monthDays, skip }: Pattern): boolean {
  if (monthDays.length === 0 || (skip !== "OMIT" && frequency !== "DAILY")) return false;
  const longest = longestMonths.filter((_, month) => month > 0 && (months === undefined || months[month]));
  return monthDays.every((day) => Math.abs(day) > Math.max(...longest));
}
