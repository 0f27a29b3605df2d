import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { OccurrenceInstants } from "@todo/proto/todo/task/v1/series_service";
import type { Due } from "#src/domain/due.ts";
import { hasDueOfSeries, isAsMade, type OccurrenceTask } from "#src/domain/occurrence.ts";
import type { Series } from "#src/domain/series.ts";
import type { Change } from "#src/domain/task.ts";

/** The instants of an occurrence, by the time zones of a version. */
export interface Again {
  instants: OccurrenceInstants;
  tzdata: string;
  now: Date;
}

/**
 * Moves the instants of a series' latest occurrence to where newer time zones have them, but for a due date that the user
 * gave it. Nothing changes if these zones are no newer, or have them where they are.
 */
export function movedInstants(
  series: Series,
  task: OccurrenceTask,
  { instants, tzdata, now }: Again,
): Change | undefined {
  if (tzdata <= series.tzdata) return undefined;
  const due = dueMoved(series, task, instants);
  const { followingTime } = instants;
  const nextOccurrence = followingTime === undefined ? null : timestampDate(followingTime);
  const { occurrence } = task;
  const given = due ?? (hasDueOfSeries(task) ? task.due : null);
  const reckoned = { tzdata, due: given?.kind === "zoned" ? given.time.toISOString() : null };
  // The series did it: for that it is as it was made, unless somebody changed it.
  const made = isAsMade(task) ? task.version + 1 : occurrence.made;
  const fields = { nextOccurrence, occurrence: { ...occurrence, reckoned, made } };
  const change = task.recur({ ...fields, ...(due && { due }) }, { now });
  if (change !== undefined) series.moved(now);
  return change;
}

/** `undefined`: it is due on a day, on any clock, at a time of the user's, or then already. */
function dueMoved(
  { tzid }: Series,
  task: OccurrenceTask,
  { dueTime }: OccurrenceInstants,
): (Due & { kind: "zoned" }) | undefined {
  if (dueTime === undefined) throw new Error("the contract lets no occurrence without a time pass");
  const [{ due }, time] = [task, timestampDate(dueTime)];
  if (due?.kind !== "zoned" || due.tzid !== tzid || !hasDueOfSeries(task)) return undefined;
  return due.time.getTime() === time.getTime() ? undefined : { ...due, time };
}
