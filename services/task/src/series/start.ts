import { domainError, ErrorReason } from "@todo/kit/errors";
import type { Recurrence } from "@todo/proto/todo/task/v1/series";
import { localTimeOf } from "@todo/rrule/calendar/recurrence-id";
import { formatWall, parseWall } from "@todo/rrule/calendar/wall";
import { RuleFault } from "@todo/rrule/fault";
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
import type { RuleAsked, RuleKnown } from "#src/rules.ts";

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

/** Where a rule starts if the request does not say so: at the due date of the task, or now. */
export function ruleAsked({ rrule, dtstart, tzid }: Recurrence, due: Due | null, now: Date): RuleAsked {
  const zone = zoneNamed(tzid || (due?.kind === "zoned" ? due.tzid : "UTC"));
  return { rrule, dtstart: dtstart || wallOf(due, zone, now), tzid: zone.tzid };
}

/** Where an occurrence stands if the rule starts before it; `undefined`: it does not. */
export function placeBehindStart(
  { dtstart, tzid }: RuleAsked,
  { due, recurrenceId }: { due: Due | null; recurrenceId: string | null },
): Date | undefined {
  if (due === null || recurrenceId === null || recurrenceId <= dtstart) return undefined;
  return instantAt(localTimeOf(recurrenceId), zoneNamed(tzid));
}

interface Starting {
  asked: RuleAsked;
  recurrence: Recurrence;
  due: Due | null;
  tzdata: string;
  /** Where the task stands that the times of the rule come behind. */
  behind: Date | undefined;
}

/** A task that is due is the occurrence of the rule's start, whether the rule has that or not; else the first of it. */
export function startOf(
  { rrule, times: [first, second], ...known }: RuleKnown,
  { asked, recurrence, due, tzdata, behind }: Starting,
): Start {
  const zone = zoneNamed(asked.tzid);
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

function ways({ anchor, trigger, missed, notInherited }: Recurrence): Omit<Start["rule"], keyof RuleAsked> {
  return {
    notInherited: notInherited.toSorted() as readonly Inheritable[],
    anchor: (anchor || Anchor.schedule) as Anchor,
    trigger: (trigger || Trigger.completion) as Trigger,
    missed: (missed || Missed.catchUpOne) as Missed,
  };
}

function wallOf(due: Due | null, zone: Zone, now: Date): string {
  if (due?.kind === "all_day") return `${due.date}T00:00:00`;
  if (due?.kind === "floating") return due.time;
  return wallAt(due?.time ?? now, zone);
}

/** What the clock of a zone shows at an instant. */
function wallAt(time: Date, zone: Zone): string {
  return formatWall(zone.wallOf(Math.floor(time.getTime() / 1_000)));
}

function instantAt(wall: string, zone: Zone): Date {
  const seconds = parseWall(wall);
  if (seconds === undefined) throw new RangeError(`${wall} is no wall clock time`);
  return new Date(zone.instantOf(seconds).instant * 1_000);
}

/** Throws ZONE_UNKNOWN. */
function zoneNamed(tzid: string): Zone {
  try {
    return zoneOf(tzid);
  } catch (cause) {
    if (!(cause instanceof RuleFault)) throw cause;
    const metadata = { part: "TZID", start: "0", end: String(tzid.length) };
    throw domainError(ErrorReason.ZONE_UNKNOWN, cause.message, { metadata, cause });
  }
}
