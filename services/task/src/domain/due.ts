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
  if (due.kind !== "zoned") return calendarViolations(due);
  const violations: FieldViolation[] = [];
  const instant = due.time.getTime();
  if (!(instant >= firstInstant && instant <= lastInstant)) {
    violations.push({ field: "due.zoned.time", description: "must lie in the years 1 to 9999" });
  }
  if (!isZone(due.tzid)) {
    violations.push({ field: "due.zoned.tzid", description: "is not the name of an IANA time zone" });
  }
  return violations;
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

function calendarViolations(due: Exclude<Due, { kind: "zoned" }>): FieldViolation[] {
  const text = due.kind === "all_day" ? due.date : due.time;
  const place = placeOf(due);
  // The parser takes 30 February for 1 March, so only what comes back as it was is in the calendar.
  const inCalendar = place.getTime() >= firstInstant && place.toISOString().startsWith(text);
  return inCalendar ? [] : [{ field: `due.${due.kind}`, description: "is not a date of the calendar" }];
}

const knownZones = new Set<string>();

/** Whether the time zone database knows the name. Offsets such as `+01` are no names, though Intl takes them. */
function isZone(tzid: string): boolean {
  if (knownZones.has(tzid)) return true;
  if (!/^[A-Za-z]/.test(tzid)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: tzid });
  } catch {
    return false;
  }
  // Intl ignores case, so one zone has many spellings.
  if (knownZones.size < 2_000) knownZones.add(tzid);
  return true;
}
