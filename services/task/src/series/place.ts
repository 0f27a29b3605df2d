import type { Database } from "#src/database.ts";
import { isOccurrence, type OccurrenceTask } from "#src/domain/occurrence.ts";
import { Inheritable } from "#src/domain/series.ts";
import type { Task } from "#src/domain/task.ts";
import { lineage } from "#src/queries/lineage.ts";
import { maxDepth } from "#src/queries/parent.ts";
import { openOccurrences, readSeries } from "#src/queries/series.ts";
import { mostOpen } from "./end.ts";

/** Where a task belongs. */
export interface Place {
  /** What it is a part of; null: it stands alone. */
  subtaskOf: string | null;
  /** The ids of that and of everything above it. */
  above: ReadonlySet<string>;
}

const alone: Place = { subtaskOf: null, above: new Set() };

/**
 * Where the occurrence after another one belongs: where that one does. If what that is a part of is done and repeats as
 * well, it is what is open of this.
 */
export async function placeAfter(database: Database, { userId, subtaskOf }: OccurrenceTask): Promise<Place> {
  if (subtaskOf === null) return alone;
  const known = await lineage(database, userId, subtaskOf);
  const current = await currentOf(database, known);
  const line = current === undefined ? known : await lineage(database, userId, current);
  const [whole] = line;
  if (whole === undefined || whole.deleteTime !== null || !isWhole(line)) return alone;
  return { subtaskOf: whole.id, above: new Set(line.map(({ id }) => id)) };
}

/** Whether there is room for a part below. */
function isWhole(line: readonly Task[]): boolean {
  return line.length < maxDepth || line.at(-1)?.subtaskOf === null;
}

/** What is open in the place of a task; `undefined`: that itself, or nothing. */
async function currentOf(database: Database, line: readonly Task[]): Promise<string | undefined> {
  const [whole, over] = [line[0], line.find(isOccurrence)];
  if (whole === undefined || over === undefined || over.isOpen) return undefined;
  const [series] = await readSeries(database, over.userId, [over.seriesId]);
  if (series?.inherits(Inheritable.subtasks) !== true) return undefined;
  const newest = await openAfter(database, over);
  return whole === over ? newest?.id : (newest?.occurrence.places?.[whole.id] ?? newest?.id);
}

/** The newest occurrence that is open and comes after another one. `without`: the ids of those that do not count. */
export async function openAfter(
  database: Database,
  { userId, seriesId, occurrence: { ordinal } }: OccurrenceTask,
  without: ReadonlySet<string> = new Set(),
): Promise<OccurrenceTask | undefined> {
  const open = await openOccurrences(database, userId, { seriesId, limit: mostOpen });
  const later = open.filter(({ id, occurrence }) => occurrence.ordinal > ordinal && !without.has(id));
  return later.sort((a, b) => b.occurrence.ordinal - a.occurrence.ordinal)[0];
}
