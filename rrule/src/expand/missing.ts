import { civilOf, dayOf, monthLength } from "../calendar/civil.ts";
import { daySeconds, formatDate } from "../calendar/wall.ts";
import type { Walk } from "./walk.ts";

/** The fewest days a month has. */
const inEveryMonth = 28;

/**
 * The dates that a rule names between two times on the wall and that do not exist, such as `2026-04-31`; at most `most`.
 *
 * Only a rule that names days of the month and nothing that narrows them down names such dates.
 */
export function missingDates(walk: Walk, o: { from: number; to: number; most: number }): string[] {
  const { pattern, periods } = walk;
  const late = pattern.monthDays.filter((day) => day > inEveryMonth).sort((a, b) => a - b);
  const narrowed = [pattern.byDay, pattern.yearDays, pattern.weekNumbers, pattern.positions];
  if (late.length === 0 || pattern.skip !== "OMIT" || narrowed.some((list) => list.length > 0)) return [];
  if (pattern.frequency !== "MONTHLY" && pattern.frequency !== "YEARLY") return [];
  const from = Math.floor(Math.max(o.from, walk.start) / daySeconds);
  const to = Math.floor(o.to / daySeconds);
  const found: string[] = [];
  for (let index = Math.max(periods.before(from), 0); periods.startOf(index) <= to; index += 1) {
    for (const { year, month } of monthsOf(walk, periods.startOf(index))) {
      // A date beyond its month's end stands where the next month begins.
      const border = dayOf(year, month, 1) + monthLength(year, month);
      if (border <= from || border > to) continue;
      for (const day of late) if (day > monthLength(year, month)) found.push(formatDate(year, month, day));
      if (found.length >= o.most) return found.slice(0, o.most);
    }
  }
  return found;
}

function monthsOf(
  { pattern: { frequency, months } }: Walk,
  start: number,
): { year: number; month: number }[] {
  const { year, month } = civilOf(start);
  const all = frequency === "MONTHLY" ? [month] : [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  return all.filter((each) => months === undefined || months[each]).map((each) => ({ year, month: each }));
}
