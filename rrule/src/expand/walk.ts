import { civilOf, dayOf } from "../calendar/civil.ts";
import { daySeconds, endOfTime } from "../calendar/wall.ts";
import type { CalendarRule } from "../rule.ts";
import { type DaysOf, daysOf } from "./days.ts";
import { isImpossible } from "./impossible.ts";
import { type Pattern, patternOf } from "./pattern.ts";
import { cycleOf, type Periods, periodsOf } from "./periods.ts";

/** A rule ready to be walked from any point. */
export interface Walk {
  readonly pattern: Pattern;
  readonly periods: Periods;
  readonly daysOf: DaysOf;
  readonly start: number;
}

const lastDay = Math.floor(endOfTime / daySeconds);

export function walkOf(rule: CalendarRule, start: number): Walk {
  const pattern = patternOf(rule, start);
  return { pattern, periods: periodsOf(pattern), daysOf: daysOf(pattern), start };
}

/**
 * The times on the wall at or after `from`, ascending and without repeats. COUNT and UNTIL are not its business.
 *
 * It begins at the period of `from` and ends when the calendar has repeated without a match.
 */
export function* walls(walk: Walk, from: number): Generator<number, void, undefined> {
  const { pattern, periods, start } = walk;
  if (isImpossible(pattern)) return;
  const least = Math.max(from, start);
  // The period before may have moved a day into this one.
  let index = Math.max(periods.before(Math.floor(least / daySeconds)) - 1, 0);
  const cycle = cycleOf(pattern);
  let matched = index;
  let carried: number[] = [];
  while (index - matched <= cycle) {
    const next = jump(walk, index);
    if (next > index) {
      index = next;
      continue;
    }
    const day = periods.startOf(index);
    if (day > lastDay) break;
    const found = merged(carried, timesIn(walk, day));
    if (found.length > 0) matched = index;
    index += 1;
    const border = periods.startOf(index) * daySeconds;
    carried = [];
    for (const wall of found) {
      if (wall >= border) carried.push(wall);
      else if (wall >= least) yield wall;
    }
  }
  for (const wall of carried) if (wall >= least) yield wall;
}

/** The times of one period, as BYSETPOS picks them. */
export function timesIn({ pattern, daysOf: find }: Walk, startDay: number): number[] {
  const { times, positions } = pattern;
  const days = find(startDay);
  if (positions.length === 0) {
    const walls: number[] = [];
    for (const day of days) for (const time of times) walls.push(day * daySeconds + time);
    return walls;
  }
  const size = days.length * times.length;
  const indexes = positions
    .map((position) => (position > 0 ? position - 1 : size + position))
    .filter((index) => index >= 0 && index < size);
  return [...new Set(indexes)]
    .sort((a, b) => a - b)
    .map(
      (index) => at(days, Math.floor(index / times.length)) * daySeconds + at(times, index % times.length),
    );
}

/** The next period that can match, where BYMONTH rules out the ones at hand. */
function jump({ pattern: { frequency, months }, periods }: Walk, index: number): number {
  if (months === undefined || (frequency !== "DAILY" && frequency !== "WEEKLY")) return index;
  const first = periods.startOf(index);
  const lastOfPeriod = frequency === "DAILY" ? first : first + 6;
  const { year, month } = civilOf(lastOfPeriod);
  if (months[month] || months[civilOf(first).month]) return index;
  let ahead = 1;
  while (!months[((month - 1 + ahead) % 12) + 1]) ahead += 1;
  const target = year * 12 + month - 1 + ahead;
  const wanted = dayOf(Math.floor(target / 12), (target % 12) + 1, 1);
  const before = periods.before(wanted);
  const reaches = periods.startOf(before) + (lastOfPeriod - first) >= wanted;
  return Math.max(reaches ? before : before + 1, index + 1);
}

function merged(carried: number[], found: number[]): number[] {
  if (carried.length === 0) return found;
  return [...new Set([...carried, ...found])].sort((a, b) => a - b);
}

function at(list: readonly number[], index: number): number {
  const value = list[index];
  if (value === undefined) throw new RangeError(`${index} is beyond the list`);
  return value;
}
