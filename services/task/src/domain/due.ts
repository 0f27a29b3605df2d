import { readZone } from "@todo/rrule/zone/names";
import type { FieldViolation } from "./rule-errors.ts";

/** When a task is due: a date, a wall clock time wherever the user is, or an instant thought of in a zone. */
export type Due =
  | { kind: "all_day"; date: string }
  | { kind: "floating"; time: string }
  | { kind: "zoned"; time: Date; tzid: string };

export type DueKind = Due["kind"];

const firstInstant = Date.parse("0001-01-01T00:00:00Z");
const lastInstant = Date.parse("9999-12-31T23:59:59Z");

/** What is wrong with a due date whose shape is right. The paths are those of the contract's `due`. */
export function dueViolations(due: Due): FieldViolation[] {
  const violations = calendarViolations(due);
  const zone = due.kind === "zoned" ? readZone(due.tzid) : undefined;
  if (due.kind !== "zoned" || zone === undefined || zone.tzid !== undefined) return violations;
  const { message: description, proposal } = zone;
  const unknown = { tzid: due.tzid, message: description, proposal };
  return [...violations, { field: "due.zoned.tzid", description, zone: unknown }];
}

/** Whether a due date lies in the calendar, whatever its zone. */
export function isInCalendar(due: Due): boolean {
  return calendarViolations(due).length === 0;
}

/** The place on the UTC clock, by which all kinds compare. */
export function placeOf(due: Due): Date {
  switch (due.kind) {
    case "all_day":
      return new Date(`${due.date}T00:00:00Z`);
    case "floating":
      return new Date(`${due.time}Z`);
    case "zoned":
      return due.time;
  }
}

/** The due date of a kind at a place on the UTC clock: what `placeOf` took apart. */
export function dueAt(kind: DueKind, place: Date, tzid: string | null): Due {
  switch (kind) {
    case "all_day":
      return { kind, date: place.toISOString().slice(0, 10) };
    case "floating":
      return { kind, time: place.toISOString().slice(0, 19) };
    case "zoned":
      return { kind, time: place, tzid: tzid ?? "UTC" };
  }
}

function calendarViolations(due: Due): FieldViolation[] {
  const place = placeOf(due);
  if (due.kind === "zoned") {
    const isInYears = place.getTime() >= firstInstant && place.getTime() <= lastInstant;
    return isInYears ? [] : [{ field: "due.zoned.time", description: "must lie in the years 1 to 9999" }];
  }
  const text = due.kind === "all_day" ? due.date : due.time;
  // The parser takes 30 February for 1 March, so only what comes back as it was is in the calendar.
  const inCalendar = place.getTime() >= firstInstant && place.toISOString().startsWith(text);
  return inCalendar ? [] : [{ field: `due.${due.kind}`, description: "is not a date of the calendar" }];
}
