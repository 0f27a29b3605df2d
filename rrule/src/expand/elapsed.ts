import { daySeconds, endOfTime } from "../calendar/wall.ts";
import type { CalendarRule, SubDailyRule } from "../rule.ts";
import type { Zone } from "../zone/zone.ts";
import type { Occurrence } from "./occurrence.ts";
import { type Walk, walkOf, walls } from "./walk.ts";

/** What a rule gives behind an instant, or from its start on. */
export type Elapsing = (after: number) => Generator<Occurrence, void, undefined>;

export interface ElapsedOptions {
  /** The instant from which time is counted. */
  readonly start: number;
  readonly zone: Zone;
  /** The last instant that UNTIL allows. */
  readonly until: number | undefined;
}

const unitSeconds = { HOURLY: 3_600, MINUTELY: 60 } as const;
/** Every clock of a zone is a multiple of this away from UTC, at least since there is summer time. */
const offsetSeconds = 900;
/** Longer than any clock waits for its next change, for most zones that have any. */
const yearDays = 400;
/** As many days without a match prove of dates that none comes. */
const cycleDays = 146_097;

/**
 * The occurrences of a rule that counts hours or minutes: so many seconds apart, whatever the clocks of the zone do. What
 * the rule says of months, days, hours and minutes is asked of the clock on the wall.
 */
export function elapsingOf(rule: SubDailyRule, o: ElapsedOptions): Elapsing {
  const { count } = rule;
  const bound = Math.min(o.until ?? endOfTime, endOfTime);
  const instants = plain(rule) ? steps(rule, o) : filtered(rule, o);
  const first = (after: number) => Math.max(after + 1, o.start);
  return function* elapsing(after) {
    const counts = count !== undefined && !plain(rule);
    const last = count === undefined || counts ? bound : o.start + (count - 1) * stepOf(rule);
    let left = counts ? count : Number.POSITIVE_INFINITY;
    for (const instant of instants(counts ? o.start : first(after))) {
      if (instant > Math.min(bound, last) || left === 0) return;
      left -= 1;
      const wall = o.zone.wallOf(instant);
      if (wall > endOfTime) return;
      if (instant >= first(after)) yield { instant, wall, reading: "exact", added: false };
    }
  };
}

type Instants = (from: number) => Generator<number, void, undefined>;

function stepOf({ frequency, interval }: SubDailyRule): number {
  return unitSeconds[frequency] * interval;
}

function plain(rule: SubDailyRule): boolean {
  const { byMonth, byMonthDay, byYearDay, byDay, byHour, byMinute, bySecond } = rule;
  return [byMonth, byMonthDay, byYearDay, byDay, byHour, byMinute, bySecond].every(
    ({ length }) => length === 0,
  );
}

function steps(rule: SubDailyRule, { start }: ElapsedOptions): Instants {
  const step = stepOf(rule);
  return function* each(from) {
    for (let index = Math.max(Math.ceil((from - start) / step), 0); ; index += 1) yield start + index * step;
  };
}

/** Looks at the days that the rule allows one after the other, and ends when none can match any more. */
function filtered(rule: SubDailyRule, o: ElapsedOptions): Instants {
  const step = stepOf(rule);
  const days = daysOf(rule, o);
  const timesFrom = timesOf(rule, o);
  const turns = step / divisor(step, daySeconds);
  return function* each(from) {
    if (isOutOfStep(rule, o)) return;
    let [visited, matched] = [0, Math.floor(o.zone.wallOf(from) / daySeconds)];
    for (const midnight of walls(days, o.zone.wallOf(from) - daySeconds)) {
      const day = Math.floor(midnight / daySeconds);
      if (visited > 7 * turns + yearDays || day - matched > cycleDays) return;
      visited += 1;
      const [begin, end] = [o.zone.instantOf(midnight), o.zone.instantOf(midnight + daySeconds)];
      const first = Math.max(Math.ceil((begin.instant - o.start) / step), 0);
      for (let base = o.start + first * step; base < end.instant; base += step) {
        for (const instant of timesFrom(base)) {
          if (instant < from) continue;
          [visited, matched] = [0, day];
          yield instant;
        }
      }
    }
  };
}

/** The days on which anything may happen. */
function daysOf(rule: SubDailyRule, { start, zone }: ElapsedOptions): Walk {
  const none = { byHour: [], byMinute: [], bySecond: [], bySetPos: [], count: undefined, until: undefined };
  const daily: CalendarRule = { ...rule, ...none, frequency: "DAILY", interval: 1 };
  return walkOf(daily, Math.floor(zone.wallOf(start) / daySeconds) * daySeconds);
}

/** The times of one hour or minute: the parts above it keep or drop it, those below it say which there are. */
function timesOf(rule: SubDailyRule, { start, zone }: ElapsedOptions): (base: number) => number[] {
  const { frequency, byHour, byMinute, bySecond } = rule;
  const hourly = frequency === "HOURLY";
  const clock = zone.wallOf(start);
  const minutes = byMinute.length > 0 ? byMinute : [Math.floor(clock / 60) % 60];
  const seconds = bySecond.length > 0 ? bySecond.map((second) => Math.min(second, 59)) : [clock % 60];
  const makesTimes = bySecond.length > 0 || (hourly && byMinute.length > 0);
  const within = hourly ? minutes.flatMap((m) => seconds.map((s) => m * 60 + s)) : seconds;
  const distinct = [...new Set(within)].sort((a, b) => a - b);
  const allows = (wall: number) =>
    (byHour.length === 0 || byHour.includes(Math.floor(wall / 3_600) % 24)) &&
    (byMinute.length === 0 || byMinute.includes(Math.floor(wall / 60) % 60));
  return (base) => {
    const wall = zone.wallOf(base);
    if (!makesTimes) return allows(wall) ? [base] : [];
    const floor = base - (wall % (hourly ? 3_600 : 60));
    return distinct.map((time) => floor + time).filter((time) => time >= start && allows(zone.wallOf(time)));
  };
}

/** Whether no step ever comes to a time of day that the rule names. What is not plain is found out by the days. */
function isOutOfStep(rule: SubDailyRule, { start, zone }: ElapsedOptions): boolean {
  const { frequency, byHour, byMinute } = rule;
  const unit = unitSeconds[frequency];
  const offsets = zone.tzid === "UTC" ? daySeconds : offsetSeconds;
  const common = divisor(divisor(stepOf(rule), daySeconds), offsets);
  if (common < unit) return false;
  const hours = byHour.length > 0 ? byHour : Array.from({ length: 24 }, (_, hour) => hour);
  const minutes = byMinute.length > 0 ? byMinute : Array.from({ length: 60 }, (_, minute) => minute);
  const wanted = frequency === "HOURLY" ? hours.map((hour) => hour * 3_600) : pairs(hours, minutes);
  const residue = (time: number) => Math.floor((((time % common) + common) % common) / unit);
  const own = residue(zone.wallOf(start));
  return !wanted.some((time) => residue(time) === own);
}

function pairs(hours: readonly number[], minutes: readonly number[]): number[] {
  return hours.flatMap((hour) => minutes.map((minute) => hour * 3_600 + minute * 60));
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
