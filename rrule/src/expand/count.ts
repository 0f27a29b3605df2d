import type { Pattern } from "./pattern.ts";
import { timesIn, type Walk } from "./walk.ts";

/**
 * The time on the wall at which a rule with COUNT ends, where the numbers of its matches repeat after a few periods: they
 * are multiplied, so that a rule that counts costs no more than one that does not. `undefined` for other rules, whose
 * matches have to be counted one by one.
 */
export function lastCounted(walk: Walk, count: number): number | undefined {
  const round = roundOf(walk.pattern);
  return round === undefined ? undefined : multiplied(walk, count, round);
}

function multiplied(walk: Walk, count: number, round: number): number | undefined {
  const sizes = Array.from(
    { length: round },
    (_, index) => timesIn(walk, walk.periods.startOf(index)).length,
  );
  const perRound = sizes.reduce((sum, size) => sum + size, 0);
  if (perRound === 0) return undefined;
  const missed = timesIn(walk, walk.periods.startOf(0)).filter((wall) => wall < walk.start).length;
  const wanted = count + missed;
  const rounds = Math.floor((wanted - 1) / perRound);
  let left = wanted - rounds * perRound;
  for (let index = rounds * round; ; index += 1) {
    const times = timesIn(walk, walk.periods.startOf(index));
    const wall = times[left - 1];
    if (wall !== undefined) return wall;
    left -= times.length;
  }
}

/** After how many periods the numbers of matches repeat; `undefined` if only the whole calendar tells. */
function roundOf(pattern: Pattern): number | undefined {
  const { frequency, months, monthDays, byDay, skip } = pattern;
  if (frequency === "DAILY") {
    if (months !== undefined || monthDays.length > 0) return undefined;
    return byDay.length > 0 ? 7 : 1;
  }
  if (frequency === "WEEKLY") return months === undefined ? 1 : undefined;
  if (skip !== "OMIT" || !everyPeriodHasThem(pattern)) return undefined;
  return frequency === "MONTHLY" ? 12 : 1;
}

/** Whether the days that are named exist in every month or year. */
function everyPeriodHasThem({
  frequency,
  months,
  monthDays,
  yearDays,
  weekNumbers,
  byDay,
}: Pattern): boolean {
  const kinds = [monthDays, yearDays, weekNumbers, byDay].filter((list) => list.length > 0).length;
  if (kinds !== 1 || weekNumbers.length > 0) return false;
  if (monthDays.length > 0) return monthDays.every((day) => Math.abs(day) <= 28);
  if (yearDays.length > 0) return months === undefined && yearDays.every((day) => Math.abs(day) <= 365);
  const most = frequency === "MONTHLY" || months !== undefined ? 4 : 52;
  return byDay.every(({ ordinal }) => ordinal !== 0 && Math.abs(ordinal) <= most) && distinctDays(byDay);
}

/** First and last ones of a weekday can be the same day in some months. */
function distinctDays(byDay: Pattern["byDay"]): boolean {
  return byDay.every(({ ordinal }) => ordinal > 0) || byDay.every(({ ordinal }) => ordinal < 0);
}
