import { daySeconds, formatWall } from "@todo/rrule/calendar/wall";
import { RuleFault } from "@todo/rrule/fault";
import { parseRule } from "@todo/rrule/parse/parse";
import { isSubDaily, type Rule } from "@todo/rrule/rule";
import type { Zone } from "@todo/rrule/zone/zone";
import type { Due } from "#src/domain/due.ts";

/**
 * Where a rule starts on the wall if nobody says so: at the due date of the task, one of a whole day at the first time of
 * day that the rule names, or else at midnight, or now if the rule counts hours or minutes from today; without one at the next full minute, or hour if it names hours.
 */
export function startOnWall(rrule: string, o: { due: Due | null; zone: Zone; now: Date }): string {
  const { due, zone, now } = o;
  if (due?.kind === "floating") return due.time;
  if (due?.kind === "zoned") return wallAt(due.time, zone);
  if (due === null) return formatWall(nextFull(now, zone, fullness(ruleIn(rrule))));
  const today = wallAt(now, zone).startsWith(due.date);
  if (today && countsTime(ruleIn(rrule))) return formatWall(nextFull(now, zone, 60));
  return `${due.date}T${timesIn(rrule)?.timeOfDay ?? "00:00:00"}`;
}

/** The first time of day that a rule names; `undefined`: it names none, or is no rule. */
export function timesIn(rrule: string): { timeOfDay: string } | undefined {
  const rule = ruleIn(rrule);
  if (rule === undefined || !namesTimes(rule)) return undefined;
  const [hour = 0, minute = 0, second = 0] = [rule.byHour[0], rule.byMinute[0], rule.bySecond[0]];
  const wall = hour * 3_600 + minute * 60 + Math.min(second, 59);
  return { timeOfDay: formatWall(wall).slice(-8) };
}

/** What the clock of a zone shows at an instant. */
export function wallAt(time: Date, zone: Zone): string {
  return formatWall(zone.wallOf(Math.floor(time.getTime() / 1_000)));
}

function namesTimes(rule: Rule): boolean {
  return isSubDaily(rule) || [rule.byHour, rule.byMinute, rule.bySecond].some((list) => list.length > 0);
}

/** Whether a rule counts hours or minutes and leaves open from when. */
function countsTime(rule: Rule | undefined): boolean {
  return rule !== undefined && isSubDaily(rule) && rule.byHour.length === 0;
}

/** A rule takes from its start what is finer than what it names itself. */
function fullness(rule: Rule | undefined): number {
  if (rule === undefined) return 60;
  const [hours, minutes, seconds] = [rule.byHour, rule.byMinute, rule.bySecond].map(
    ({ length }) => length > 0,
  );
  if (hours && !minutes && !isSubDaily(rule)) return 3_600;
  return seconds && !minutes ? 1 : 60;
}

function nextFull(now: Date, zone: Zone, full: number): number {
  const wall = zone.wallOf(Math.ceil(now.getTime() / 1_000));
  return Math.min(Math.ceil(wall / full) * full, Math.floor(wall / daySeconds + 1) * daySeconds);
}

/** What is wrong with a rule is the recurrence service's to say. */
function ruleIn(rrule: string): Rule | undefined {
  try {
    return parseRule(rrule);
  } catch (error) {
    if (error instanceof RuleFault) return undefined;
    throw error;
  }
}
