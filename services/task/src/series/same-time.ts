import type { NextOccurrence } from "@todo/proto/todo/task/v1/series_service";
import { nthOf, recurrenceIdOf } from "@todo/rrule/calendar/recurrence-id";
import type { Database } from "#src/database.ts";
import type { OccurrenceTask } from "#src/domain/occurrence.ts";
import { Anchor, type Series } from "#src/domain/series.ts";
import { occurrencesOfTime } from "#src/queries/series.ts";

/** What the next occurrence is called, and the task that has this name already. */
export interface PlaceAt {
  recurrenceId: string;
  there: OccurrenceTask | undefined;
}

/**
 * Where the next occurrence stands. By completion a series comes to a time once more where one was done ahead: what it had
 * there before is another occurrence, and keeps its name.
 */
export async function placeAt(
  database: Database,
  o: {
    series: Series;
    follows: string;
    next: NextOccurrence;
    occurrences: ReadonlyMap<string, OccurrenceTask>;
  },
): Promise<PlaceAt> {
  const { series, follows } = o;
  const { recurrenceId } = o.next;
  const there = o.occurrences.get(recurrenceId);
  const isEarlier = ({ occurrence }: OccurrenceTask) =>
    occurrence.ordinal <= series.ordinal && occurrence.follows !== follows;
  if (there === undefined || series.anchor !== Anchor.completion || !isEarlier(there)) {
    return { recurrenceId, there };
  }
  const all = await occurrencesOfTime(database, series, recurrenceId);
  const found = all.find((task) => !isEarlier(task));
  if (found !== undefined) return { recurrenceId: found.recurrenceId, there: found };
  const newest = Math.max(...all.map((task) => nthOf(task.recurrenceId)));
  return { recurrenceId: recurrenceIdOf(recurrenceId, newest + 1), there: undefined };
}
