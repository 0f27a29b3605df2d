import { daySeconds } from "@todo/rrule/calendar/wall";
import type { Done, SeriesPlan } from "./plan.ts";
import { type Numbered, type Timeline, timelineOf } from "./timeline.ts";

/** What a series needs next. Instants are seconds. */
export type Advance =
  | { readonly kind: "next"; readonly next: Next; readonly skippedCount: number }
  | { readonly kind: "exhausted"; readonly skippedCount: number }
  /** Nothing before this instant. */
  | { readonly kind: "wait"; readonly until: number };

/** The occurrence to make. */
export interface Next {
  readonly recurrenceId: string;
  readonly instant: number;
  readonly number: number;
  /** When the one behind it falls due. Not set: there is none. */
  readonly following: number | undefined;
}

/** As far as COUNT may go. Of more missed ones some are jumped over: they have no number and are not told. */
const mostWalked = 10_000;
/** How many missed occurrences are made one after the other. */
const mostCaughtUp = 100;
/** How late an occurrence may be made by due date without being missed. */
const graceSeconds = 3_600;
/** What the contract can say. */
const mostCounted = 1_000_000;

/**
 * What follows the occurrence that was made last. Pure: the same series, the same end of it and the same time of day
 * give the same answer.
 *
 * Made on completion, the next one is due at once; made by due date, there is nothing to do before it falls due.
 *
 * @param done what became of the occurrence that was made last. Not set: it is open
 * @throws RuleFault for a rule that is none
 */
export function advance(plan: SeriesPlan, done: Done | undefined, now: Date): Advance {
  const at = Math.floor(now.getTime() / 1_000);
  const timeline = timelineOf(plan, done);
  const over = (one: Numbered) => overAt(plan, timeline, one) <= at;
  const nameOf = (one: Numbered) => timeline.nameOf(one);
  if (plan.trigger === "completion")
    return choose(plan, look(timeline, at, over), { inTime: () => false, nameOf });
  const fallen = look(timeline, at, ({ instant }) => instant <= at);
  const late = (one: Numbered) => overAt(plan, timeline, one) + (plan.allDay ? 0 : graceSeconds) <= at;
  const chosen = choose(plan, fallen, { inTime: (one) => !late(one), nameOf });
  if (chosen.kind !== "next" || chosen.next.instant <= at) return chosen;
  return { kind: "wait", until: chosen.next.instant };
}

/** From when on an occurrence has been missed: one of a whole day when the day is over. */
function overAt({ allDay }: SeriesPlan, { zone }: Timeline, { instant, wall }: Numbered): number {
  if (!allDay) return instant;
  return zone.instantOf((Math.floor(wall / daySeconds) + 1) * daySeconds).instant;
}

interface Look {
  /** The latest one that has passed, the latest hundred, and how many there were in all. */
  readonly latest: Numbered | undefined;
  readonly passed: readonly Numbered[];
  readonly count: number;
  readonly coming: readonly Numbered[];
}

/** Sorts what follows into what has passed and the two that come. */
function look(timeline: Timeline, at: number, hasPassed: (one: Numbered) => boolean): Look {
  const first = walk(timeline.occurrences(), hasPassed);
  const { latest } = first;
  if (first.count < mostWalked || latest === undefined) return first;
  // The end of a long past, without the way to it.
  for (let back = 2 * daySeconds; ; back *= 2) {
    const instant = Math.max(at - back, latest.instant);
    const last = walk(timeline.occurrences({ instant, number: latest.number }), hasPassed);
    if (last.count < mostCaughtUp && instant > latest.instant) continue;
    return { ...last, count: first.count + last.count };
  }
}

function walk(occurrences: Iterable<Numbered>, hasPassed: (one: Numbered) => boolean): Look {
  let passed: Numbered[] = [];
  let count = 0;
  const coming: Numbered[] = [];
  for (const one of occurrences) {
    if (coming.length === 0 && hasPassed(one)) {
      passed.push(one);
      count += 1;
      if (passed.length === 2 * mostCaughtUp) passed = passed.slice(mostCaughtUp);
      if (count === mostWalked) break;
    } else if (coming.push(one) === 2) break;
  }
  return { latest: passed.at(-1), passed: passed.slice(-mostCaughtUp), count, coming };
}

interface Choice {
  /** Whether the latest that has passed can be made all the same. */
  inTime(latest: Numbered): boolean;
  nameOf(one: Numbered): string;
}

/** Picks by the plan's policy. */
function choose(
  { missed }: SeriesPlan,
  { passed, latest, count, coming }: Look,
  { inTime, nameOf }: Choice,
): Advance {
  const [first, second] = coming;
  const makesLatest = latest !== undefined && (missed === "one" || (missed === "none" && inTime(latest)));
  if (makesLatest) return toNext(latest, { following: first, missed: count - 1, nameOf });
  if (missed === "all" && passed.length > 0) {
    const [oldest, behind] = [...passed, ...coming];
    return toNext(oldest, { following: behind, missed: count - passed.length, nameOf });
  }
  return toNext(first, { following: second, missed: count, nameOf });
}

function toNext(
  next: Numbered | undefined,
  o: { following: Numbered | undefined; missed: number } & Pick<Choice, "nameOf">,
): Advance {
  const skippedCount = Math.min(o.missed, mostCounted);
  if (next === undefined) return { kind: "exhausted", skippedCount };
  const { instant } = next;
  const number = Math.min(next.number, mostCounted);
  const one = { recurrenceId: o.nameOf(next), instant, number, following: o.following?.instant };
  return { kind: "next", next: one, skippedCount };
}
