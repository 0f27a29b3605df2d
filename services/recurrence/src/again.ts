import { endOfTime } from "@todo/rrule/calendar/wall";
import type { SeriesPlan } from "./plan.ts";
import { timelineOf } from "./timeline.ts";

/** The instants of the occurrence that was made last, in seconds, by the time zones of this process. */
export interface Again {
  readonly kind: "again";
  readonly instant: number;
  /** When the one behind it falls due. Not set: there is none. */
  readonly following: number | undefined;
}

/** When the open occurrence falls due, and the one behind it. @throws RuleFault for a rule that is none */
export function again(plan: SeriesPlan): Again {
  const timeline = timelineOf(plan, undefined);
  const [behind] = timeline.occurrences();
  return { kind: "again", instant: Math.min(timeline.follows, endOfTime), following: behind?.instant };
}

/** Whether a new version of the time zone database can change the clock of a zone. */
export function mayMove(tzid: string): boolean {
  return tzid !== "UTC" && !tzid.startsWith("Etc/");
}
