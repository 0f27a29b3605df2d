import { localTimeOf, nthOf, recurrenceIdOf } from "@todo/rrule/calendar/recurrence-id";
import { daySeconds, formatWall, parseWall } from "@todo/rrule/calendar/wall";
import type { Step } from "@todo/rrule/expand/occurrence";
import { seriesOf } from "@todo/rrule/expand/series";
import { parseRule } from "@todo/rrule/parse/parse";
import { isSubDaily, type Rule } from "@todo/rrule/rule";
import { type Reading, type Zone, zoneOf } from "@todo/rrule/zone/zone";
import type { Done, SeriesPlan } from "./plan.ts";

/** An occurrence with its number among all of the rule. */
export interface Numbered {
  readonly instant: number;
  readonly wall: number;
  readonly number: number;
  readonly reading: Reading;
}

/** What comes behind the occurrence that was made last. */
export interface Timeline {
  readonly zone: Zone;
  /** When that one falls due. */
  readonly follows: number;
  /**
   * What an occurrence is called. Hours that pass come to a time twice that the clock has twice, and so has the schedule
   * a second one of it; where a rule starts anew, task knows what there was of that time before.
   */
  nameOf(one: Pick<Numbered, "wall" | "instant">): string;
  /** The occurrences behind it, or behind a later instant, up to which so many are counted. */
  occurrences(from?: { instant: number; number: number }): Generator<Numbered, void, undefined>;
}

/** The occurrences that follow the one that was made last, by the plan's anchor. @throws RuleFault */
export function timelineOf(plan: SeriesPlan, done: Done | undefined): Timeline {
  const rule = ruleOf(plan);
  const zone = zoneOf(plan.tzid);
  const follows = instantOf(plan.recurrenceId, { plan, zone });
  const behind =
    plan.anchor === "schedule"
      ? scheduled(plan, { rule, zone, follows })
      : anew(plan, { rule, zone, follows, done });
  return {
    zone,
    follows,
    nameOf({ wall, instant }) {
      const isSecond = plan.anchor === "schedule" && zone.instantOf(wall).instant !== instant;
      return recurrenceIdOf(formatWall(wall), isSecond ? 2 : 1);
    },
    *occurrences(from) {
      let number = from?.number ?? plan.number;
      for (const { instant, wall, reading, skipped } of behind(from?.instant)) {
        number += 1;
        if (rule.count !== undefined && number > rule.count) return;
        if (skipped === undefined) yield { instant, wall, number, reading };
      }
    },
  };
}

/** Days have no times: those that a rule names would be so many occurrences of one day. */
function ruleOf({ rrule, allDay }: SeriesPlan): Rule {
  const rule = parseRule(rrule);
  return allDay ? { ...rule, byHour: [], byMinute: [], bySecond: [] } : rule;
}

interface Parts {
  rule: Rule;
  zone: Zone;
  follows: number;
}

type Behind = (from?: number) => Iterable<Step>;

/** The rule as it was, whenever the occurrence was done. */
function scheduled(plan: SeriesPlan, { rule, zone, follows }: Parts): Behind {
  const series = seriesOf({ rule, zone, start: wallIn(plan.dtstart), excluded: excludedIn(plan, zone) });
  return function* (from) {
    if (from !== undefined) return yield* series.steps(from);
    // Of times that fall together only the first is an occurrence; the others have numbers all the same.
    let together = 0;
    for (const step of series.steps(follows - 1)) {
      if (step.instant > follows || together > 0) yield step;
      together += 1;
    }
  };
}

/**
 * The rule from the day on which the occurrence was completed, at the time of day of the series: of one that was done
 * ahead, this may lead before its own time, or to it once more. An occurrence that was left out was not completed: the rule
 * goes on from its own day. Hours and minutes are counted from the very completion.
 */
function anew(plan: SeriesPlan, { rule, zone, follows, done }: Parts & { done: Done | undefined }): Behind {
  const completed = done?.how === "completed" ? Math.floor(done.time.getTime() / 1_000) : undefined;
  const endless = { ...rule, count: undefined };
  const excluded = excludedIn(plan, zone);
  if (isSubDaily(rule)) {
    const from = completed ?? follows;
    const start = zone.wallOf(from);
    const series = seriesOf({ rule: endless, zone, start, startInstant: from, excluded });
    return (at = from) => series.steps(Math.max(at, from));
  }
  const day = Math.floor(zone.wallOf(completed ?? follows) / daySeconds);
  const start = day * daySeconds + (wallIn(plan.dtstart) % daySeconds);
  const series = seriesOf({ rule: endless, zone, start, excluded });
  const after = Math.max(completed ?? follows, zone.instantOf(start).instant);
  return (from = after) => series.steps(Math.max(from, after));
}

function excludedIn(plan: SeriesPlan, zone: Zone): Set<number> {
  return new Set(plan.excluded.map((id) => instantOf(id, { plan, zone })));
}

function instantOf(recurrenceId: string, { plan, zone }: { plan: SeriesPlan; zone: Zone }): number {
  const wall = wallIn(localTimeOf(recurrenceId));
  const isSecond = plan.anchor === "schedule" && nthOf(recurrenceId) > 1;
  return isSecond ? zone.lastInstantOf(wall) : zone.instantOf(wall).instant;
}

function wallIn(text: string): number {
  const wall = parseWall(text);
  if (wall === undefined) throw new RangeError("a series holds a time that is none");
  return wall;
}
