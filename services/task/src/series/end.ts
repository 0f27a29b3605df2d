import type { Database } from "#src/database.ts";
import type { OccurrenceTask } from "#src/domain/occurrence.ts";
import { type Series, SeriesState } from "#src/domain/series.ts";
import type { Task } from "#src/domain/task.ts";
import { commandTooLarge } from "#src/errors.ts";
import type { Changed, Wide } from "#src/outcome.ts";
import { openOccurrences } from "#src/queries/series.ts";

/** As many open occurrences of a series as one command changes. It leaves room for some of their parts. */
export const mostOpen = 900;

const alone = { isRecurring: false, nextOccurrence: null };

/** Ends a series by a change of one of its tasks. Nothing changes if it had ended. */
export async function endedSeries(
  database: Database,
  { series, task, now }: { series: Series; task: Task; now: Date },
): Promise<Wide> {
  const before = series.set({ state: SeriesState.ended }, now);
  const change = before && task.recur(alone, { now, anyway: true });
  if (before === undefined || change === undefined) return { changes: [] };
  const image = { id: series.id, made: series.settingsVersion, before };
  const others = await othersAlone(database, series, { known: [task.id], now });
  return {
    changes: [{ task, change, series: image }, ...others],
    series: [{ series, kind: "ended", at: task }],
  };
}

/** The occurrences of a series that are to be done. Throws COMMAND_TOO_LARGE. */
export async function allOpen(
  database: Database,
  { id: seriesId, userId }: Series,
): Promise<readonly OccurrenceTask[]> {
  const open = await openOccurrences(database, userId, { seriesId, limit: mostOpen + 1 });
  if (open.length > mostOpen) throw commandTooLarge(mostOpen);
  return open;
}

/** Tells the open occurrences of a series that none follows them, but for those that are known already. */
export async function othersAlone(
  database: Database,
  { id: seriesId, userId }: Series,
  { known, now }: { known: readonly string[]; now: Date },
): Promise<Changed[]> {
  const open = await openOccurrences(database, userId, { seriesId, limit: mostOpen });
  return open.flatMap((task) => {
    const change = known.includes(task.id) ? undefined : task.recur(alone, { now });
    return change === undefined ? [] : [{ task, change }];
  });
}
