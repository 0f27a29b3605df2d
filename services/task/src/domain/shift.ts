import { daySeconds } from "@todo/rrule/calendar/wall";
import { zoneOf } from "@todo/rrule/zone/zone";
import { type Due, dueAt, isInCalendar, placeOf } from "./due.ts";

/** A due date that is as much later on its clock. `null` beyond the calendar. */
export function shifted(due: Due, seconds: number): Due | null {
  const later = moved(due, seconds);
  return isInCalendar(later) ? later : null;
}

function moved(due: Due, seconds: number): Due {
  if (due.kind !== "zoned") {
    const by = due.kind === "all_day" ? Math.round(seconds / daySeconds) * daySeconds : seconds;
    return dueAt(due.kind, new Date(placeOf(due).getTime() + by * 1_000), null);
  }
  const zone = zoneOf(due.tzid);
  const wall = zone.wallOf(Math.floor(due.time.getTime() / 1_000)) + seconds;
  return { ...due, time: new Date(zone.instantOf(wall).instant * 1_000) };
}
