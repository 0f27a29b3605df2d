import type { Recurrence } from "@todo/proto/todo/task/v1/series";
import { localTimeOf } from "@todo/rrule/calendar/recurrence-id";
import { parseWall } from "@todo/rrule/calendar/wall";
import { RuleFault } from "@todo/rrule/fault";
import { zoneNamed } from "@todo/rrule/zone/names";
import { type Zone, zoneOf } from "@todo/rrule/zone/zone";
import type { Due } from "#src/domain/due.ts";
import type { Reckoned } from "#src/domain/occurrence.ts";
import {
  Anchor,
  type Inheritable,
  Missed,
  type SeriesFields,
  type SeriesRule,
  type SeriesSettings,
  Trigger,
} from "#src/domain/series.ts";
import { zoneUnknown } from "#src/errors.ts";
import type { RuleAsked, RuleKnown } from "#src/rules.ts";
import { startOnWall, timesIn, wallAt } from "./start-on-wall.ts";

/** How a task becomes the first occurrence of a rule. */
export interface Start {
  rule: SeriesRule & Pick<SeriesSettings, "notInherited">;
  dueKind: Due["kind"];
  /** The occurrence that it is. */
  place: Pick<SeriesFields, "recurrenceId" | "number">;
  /** When it is due from now on; `undefined`: it has a due date. */
  due: Due | undefined;
  nextOccurrence: Date | null;
  /** How its instants were computed. */
  reckoned: Reckoned;
}

/**
 * Where a rule starts if the request does not say so: at the due date of the task, or now; on the clock of that date, or
 * of the user. Throws ZONE_UNKNOWN.
 */
export function ruleAsked(
  { rrule, dtstart, tzid }: Recurrence,
  { due, zone: ofUser, now }: { due: Due | null; zone: string; now: Date },
): RuleAsked {
  const zone = tzid === "" ? zoneKnown(due?.kind === "zoned" ? due.tzid : ofUser) : zoneAsked(tzid);
  return { rrule, dtstart: dtstart || startOnWall(rrule, { due, zone, now }), tzid: zone.tzid };
}

/** Where an occurrence stands if the rule starts before it; `undefined`: it does not. */
export function placeBehindStart(
  { dtstart, tzid }: RuleAsked,
  { due, recurrenceId }: { due: Due | null; recurrenceId: string | null },
): Date | undefined {
  if (due === null || recurrenceId === null || recurrenceId <= dtstart) return undefined;
  return instantAt(localTimeOf(recurrenceId), zoneKnown(tzid));
}

interface Starting {
  asked: RuleAsked;
  recurrence: Recurrence;
  due: Due | null;
  tzdata: string;
  /** Where the task stands that the times of the rule come behind. */
  behind: Date | undefined;
}

/**
 * A task that is due is the occurrence of the rule's start, whether the rule has that or not; else the first of it. One of a
 * whole day falls due at a time from now on if the rule names times.
 */
export function startOf(known: RuleKnown, o: Starting): Start {
  const { due } = o;
  const named = due?.kind === "all_day" ? timesIn(known.rrule) : undefined;
  return named === undefined || due?.kind !== "all_day"
    ? plainStart(known, o)
    : timedStart(known, { ...o, date: due.date, timeOfDay: named.timeOfDay });
}

function plainStart(
  { rrule, times: [first, second], ...known }: RuleKnown,
  { asked, recurrence, due, tzdata, behind }: Starting,
): Start {
  const zone = zoneKnown(asked.tzid);
  const rule = { ...asked, rrule, ...ways(recurrence) };
  // This process and the other one may have different time zones.
  const [older = ""] = [known.tzdata, tzdata].sort();
  if (behind !== undefined && due !== null) {
    const place = { recurrenceId: asked.dtstart, number: 0 };
    const reckoned = { tzdata: older, due: null };
    return { rule, dueKind: due.kind, place, due: undefined, nextOccurrence: first ?? null, reckoned };
  }
  if (first === undefined) throw new Error("a rule without an occurrence was let pass");
  if (due === null) {
    const place = { recurrenceId: wallAt(first, zone), number: 1 };
    const zoned = { kind: "zoned" as const, time: first, tzid: asked.tzid };
    const reckoned = { tzdata: older, due: first.toISOString() };
    return { rule, dueKind: "zoned", place, due: zoned, nextOccurrence: second ?? null, reckoned };
  }
  const start = instantAt(asked.dtstart, zone);
  const isFirst = first.getTime() === start.getTime();
  const place = { recurrenceId: asked.dtstart, number: isFirst ? 1 : 0 };
  const nextOccurrence = (isFirst ? second : first) ?? null;
  const isOfRule = due.kind === "zoned" && due.tzid === asked.tzid && due.time.getTime() === start.getTime();
  const reckoned = { tzdata: older, due: isOfRule ? start.toISOString() : null };
  return { rule, dueKind: due.kind, place, due: undefined, nextOccurrence, reckoned };
}

/** On its day the task is the first occurrence of that day, or else due at the time of day that the rule names first. */
function timedStart(
  { rrule, times: [first, second], ...known }: RuleKnown,
  o: Starting & { date: string; timeOfDay: string },
): Start {
  const { asked, recurrence, date, behind } = o;
  const zone = zoneKnown(asked.tzid);
  const rule = { ...asked, rrule, ...ways(recurrence) };
  const [older = ""] = [known.tzdata, o.tzdata].sort();
  const zoned = (time: Date) => ({ kind: "zoned" as const, time, tzid: asked.tzid });
  const number = behind === undefined ? 1 : 0;
  if (first !== undefined && wallAt(first, zone).startsWith(date)) {
    const place = { recurrenceId: wallAt(first, zone), number };
    const reckoned = { tzdata: older, due: first.toISOString() };
    return { rule, dueKind: "zoned", place, due: zoned(first), nextOccurrence: second ?? null, reckoned };
  }
  const isFirst = behind === undefined && first?.getTime() === instantAt(asked.dtstart, zone).getTime();
  const place = { recurrenceId: asked.dtstart, number: isFirst ? 1 : 0 };
  const due = zoned(instantAt(`${date}T${o.timeOfDay}`, zone));
  const nextOccurrence = (isFirst ? second : first) ?? null;
  return { rule, dueKind: "zoned", place, due, nextOccurrence, reckoned: { tzdata: older, due: null } };
}

function ways({ anchor, trigger, missed, notInherited }: Recurrence): Omit<Start["rule"], keyof RuleAsked> {
  return {
    notInherited: notInherited.toSorted() as readonly Inheritable[],
    anchor: (anchor || Anchor.schedule) as Anchor,
    trigger: (trigger || Trigger.completion) as Trigger,
    missed: (missed || Missed.catchUpOne) as Missed,
  };
}

function instantAt(wall: string, zone: Zone): Date {
  const seconds = parseWall(wall);
  if (seconds === undefined) throw new RangeError(`${wall} is no wall clock time`);
  return new Date(zone.instantOf(seconds).instant * 1_000);
}

/** Throws ZONE_UNKNOWN for what is no name of a zone, in whatever case. */
function zoneAsked(tzid: string): Zone {
  return unlessFaulty(tzid, () => zoneOf(zoneNamed(tzid)));
}

/** A zone that was let pass before, perhaps when more names were. Throws ZONE_UNKNOWN. */
function zoneKnown(tzid: string): Zone {
  return unlessFaulty(tzid, () => zoneOf(tzid));
}

function unlessFaulty(tzid: string, read: () => Zone): Zone {
  try {
    return read();
  } catch (error) {
    throw error instanceof RuleFault ? zoneUnknown(tzid, error) : error;
  }
}
