import type { Done, SeriesPlan } from "#src/plan.ts";

/** The last Friday of every month at 17:00 in Berlin, of which the one of January 2026 was made. */
export const lastFriday: SeriesPlan = {
  rrule: "FREQ=MONTHLY;BYDAY=-1FR",
  dtstart: "2026-01-30T17:00:00",
  tzid: "Europe/Berlin",
  anchor: "schedule",
  trigger: "completion",
  missed: "one",
  allDay: false,
  recurrenceId: "2026-01-30T17:00:00",
  number: 1,
  excluded: [],
};

/** The same with another rule and start, of which the first occurrence was made. */
export function planOf(over: Partial<SeriesPlan> & { rrule: string; dtstart: string }): SeriesPlan {
  return { ...lastFriday, recurrenceId: over.dtstart, ...over };
}

export function completed(time: string): Done {
  return { how: "completed", time: new Date(time) };
}

export function skipped(time: string): Done {
  return { how: "skipped", time: new Date(time) };
}
