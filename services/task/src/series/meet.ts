import { uuidV7 } from "@todo/kit/uuid";
import type { NextOccurrence } from "@todo/proto/todo/task/v1/series_service";
import type { Database } from "#src/database.ts";
import { type OccurrenceTask, rests, unrepeated } from "#src/domain/occurrence.ts";
import { ringOf } from "#src/domain/ring.ts";
import type { Series } from "#src/domain/series.ts";
import { Status, Task } from "#src/domain/task.ts";
import { occurrenceTaken } from "#src/errors.ts";
import type { Changed } from "#src/outcome.ts";
import { waitedFor } from "#src/queries/dependencies.ts";
import { readOccurrences } from "#src/queries/series.ts";
import type { Made } from "./settings.ts";

/** Whether an occurrence only waits in the trash: it was made and taken back, or left out and is due again. */
export function mayComeAgain(task: Task): boolean {
  return task.deleteTime !== null && !rests(task) && task.status === Status.open;
}

/** What an occurrence that comes again can wait for: not for what has begun to wait for it. */
export async function withoutRings(
  database: Database,
  { id, userId }: Task,
  dependsOn: readonly string[],
): Promise<readonly string[]> {
  if (dependsOn.length === 0) return dependsOn;
  const known = await waitedFor(database, userId, dependsOn);
  return dependsOn.filter((one) => !ringOf(id, [one], (each) => known.get(each)?.dependsOn ?? []));
}

/**
 * Comes to an occurrence that is there already, as it is. Somebody took it out of the trash before the series got to
 * its time, and may have done it since: what follows then follows at once.
 */
export function metBy(
  series: Series,
  o: { there: OccurrenceTask; next: NextOccurrence; follows: string; missed: number; now: Date },
): Changed {
  const { there: task, next, follows, missed, now } = o;
  const place = { ordinal: series.ordinal + 1, number: next.number, follows, missed };
  const fields = {
    occurrence: { ...task.occurrence, ...place },
    isRecurring: true,
    rrulePattern: series.rrule,
  };
  const change = task.recur(fields, { now, anyway: true });
  if (change === undefined) throw new Error("an occurrence cannot be met");
  series.advanced(task, now);
  return { task, change };
}

/**
 * Where a change of the rule gives the latest occurrence the time of one that waits in the trash, that one becomes a
 * task of its own. Throws OCCURRENCE_TAKEN if it does not wait.
 */
export async function placeCleared(
  database: Database,
  { task, series, image }: Made,
  now: Date,
): Promise<Changed[]> {
  const { id: seriesId, recurrenceId, userId } = series;
  if (image?.place === undefined || image.place.recurrenceId === recurrenceId) return [];
  const named = { seriesId, recurrenceIds: [recurrenceId] };
  const there = (await readOccurrences(database, userId, named)).get(recurrenceId);
  if (there === undefined || there.id === task.id) return [];
  if (!mayComeAgain(there)) throw occurrenceTaken(seriesId, recurrenceId);
  const cleared: Task = there;
  const change = cleared.recur(unrepeated, { now });
  return change === undefined ? [] : [{ task: cleared, change }];
}

/** What an occurrence that was purged leaves to the next one: its place, and nothing to take over. */
export function goneForGood(series: Series, now: Date): OccurrenceTask {
  const { userId, title, description, priority, tags, recurrenceId, ordinal, number } = series;
  const alone = {
    due: null,
    reminderMinutes: [],
    subtaskOf: null,
    dependsOn: [],
    completeWithSubtasks: false,
  };
  const task = Task.create(uuidV7(now), userId, { title, description, priority, tags, ...alone }, now);
  const occurrence = { ordinal, number, follows: null, missed: 0, parts: 0, made: 0 };
  return Object.assign(task, { seriesId: series.id, recurrenceId, occurrence });
}
