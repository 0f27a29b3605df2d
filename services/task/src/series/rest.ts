import type { Database } from "#src/database.ts";
import { isOccurrence, rests } from "#src/domain/occurrence.ts";
import { Inheritable, SeriesState } from "#src/domain/series.ts";
import { Task } from "#src/domain/task.ts";
import type { Changed } from "#src/outcome.ts";
import { getTask } from "#src/queries/get-task.ts";
import { readSeries } from "#src/queries/series.ts";

/**
 * Whether the series of an occurrence rests with it: it lies in the trash with a task above it, and none comes in the
 * place of that. `changes`: what a command does besides.
 */
export async function isAtRest(
  database: Database,
  task: Task,
  changes: readonly Changed[] = [],
): Promise<boolean> {
  const { userId, deletedWith } = task;
  if (!rests(task) || deletedWith === null) return false;
  const above = changes.find((changed) => changed.task.id === deletedWith)?.task;
  const stored = above ?? (await getTask(database, userId, deletedWith));
  // What was purged before says nothing any more: then the series goes on.
  if (stored === undefined) return false;
  const whole = new Task(stored);
  if (!isOccurrence(whole)) return true;
  const [series] = await readSeries(database, userId, [whole.seriesId]);
  return series?.state !== SeriesState.active || !series.inherits(Inheritable.subtasks);
}
