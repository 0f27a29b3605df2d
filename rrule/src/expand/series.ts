import { daySeconds } from "../calendar/wall.ts";
import { type CalendarRule, isSubDaily, type Rule } from "../rule.ts";
import type { Zone } from "../zone/zone.ts";
import { type Elapsing, elapsingOf } from "./elapsed.ts";
import { missingDates } from "./missing.ts";
import type { Occurrence, Step } from "./occurrence.ts";
import { inOrder, merge } from "./order.ts";
import { margin, ruledOf } from "./ruled.ts";
import { walkOf, walls } from "./walk.ts";

/** A rule, when and where it starts, and its exceptions. */
export interface SeriesParts {
  readonly rule: Rule;
  /** The start, on the wall of `zone`. */
  readonly start: number;
  readonly zone: Zone;
  /** Instants that are no occurrences. COUNT counts them all the same. */
  readonly excluded?: ReadonlySet<number>;
  /** Instants that are occurrences besides those of the rule, ascending. */
  readonly added?: readonly number[];
  /** The instant of the start, where that is the second of a time on the wall that comes twice. */
  readonly startInstant?: number;
}

export interface Series {
  /**
   * What comes after an instant, or everything from the start. It seeks there and does not walk. Occurrences that are
   * left out are among the steps.
   */
  steps(after?: number): Generator<Step, void, undefined>;
  /** The occurrences alone. */
  occurrences(after?: number): Generator<Occurrence, void, undefined>;
  /** The first time on the wall that the rule names, before UNTIL and the exceptions; `undefined` if it never fires. */
  firstOfRule(): number | undefined;
  /** The dates that the rule names between two times on the wall and that do not exist; at most `most`. */
  missing(from: number, to: number, most: number): string[];
  /** The last instant that UNTIL allows. */
  readonly until: number | undefined;
}

export function seriesOf({ rule, start, zone, excluded, added, startInstant }: SeriesParts): Series {
  const until = untilOf(rule, zone);
  const instant = startInstant ?? zone.instantOf(start).instant;
  const source = isSubDaily(rule)
    ? elapsedSource(
        elapsingOf(rule, { start: instant, zone, until }),
        elapsingOf(rule, { start: instant, zone, until: undefined }),
      )
    : calendarSource(rule as CalendarRule, { start, zone, until });
  const singles = (added ?? []).map((instant): Occurrence => {
    return { instant, wall: zone.wallOf(instant), reading: "exact", added: true };
  });

  function* steps(after = Number.NEGATIVE_INFINITY): Generator<Step, void, undefined> {
    const ordered = source.steps(after);
    for (const step of singles.length === 0 ? ordered : merge(ordered, singles)) {
      if (step.instant <= after) continue;
      yield excluded?.has(step.instant) ? { ...step, skipped: "excluded" } : step;
    }
  }

  return {
    steps,
    *occurrences(after) {
      for (const { skipped, ...occurrence } of steps(after)) if (skipped === undefined) yield occurrence;
    },
    firstOfRule: source.firstOfRule,
    missing: source.missing,
    until,
  };
}

/** What a rule gives by itself, in the order of the instants. */
interface Source extends Pick<Series, "firstOfRule" | "missing"> {
  steps(after: number): Iterable<Step>;
}

function calendarSource(
  rule: CalendarRule,
  { start, zone, until }: { start: number; zone: Zone; until: number | undefined },
): Source {
  const walk = walkOf(rule, start);
  const ruled = ruledOf(walk, { count: rule.count, until, zone });
  return {
    steps: (after) =>
      inOrder(ruled(after === Number.NEGATIVE_INFINITY ? start : zone.wallOf(after) - margin)),
    firstOfRule: () => walls(walk, start).next().value ?? undefined,
    missing: (from, to, most) => missingDates(walk, { from, to, most }),
  };
}

function elapsedSource(elapsing: Elapsing, endless: Elapsing): Source {
  return {
    *steps(after) {
      for (const occurrence of elapsing(after)) yield { ...occurrence, skipped: undefined };
    },
    firstOfRule: () => endless(Number.NEGATIVE_INFINITY).next().value?.wall,
    missing: () => [],
  };
}

function untilOf({ until }: Rule, zone: Zone): number | undefined {
  if (until === undefined) return undefined;
  if (until.kind === "instant") return until.seconds;
  return zone.instantOf(until.kind === "day" ? until.seconds + daySeconds - 1 : until.seconds).instant;
}
