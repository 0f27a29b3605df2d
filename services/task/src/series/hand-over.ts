import type { Database } from "#src/database.ts";
import type { OccurrenceTask } from "#src/domain/occurrence.ts";
import type { Changed } from "#src/outcome.ts";
import { lineage } from "#src/queries/lineage.ts";
import { readParts } from "#src/queries/parts.ts";
import { maxChanges } from "#src/undo-token.ts";
import { moved } from "./parts.ts";
import { openAfter } from "./place.ts";

/**
 * What repeats by itself of an occurrence that is left out goes to the newest one that is open, if one is there. Where
 * none is, it moves along with the advance that follows, if need be from the latest, which was done ahead.
 */
export async function handedOver(
  database: Database,
  left: OccurrenceTask,
  {
    latest,
    changes,
    now,
  }: {
    /** Of a series that goes on, and not in the trash. */
    latest: OccurrenceTask | undefined;
    changes: readonly Changed[];
    now: Date;
  },
): Promise<Changed[]> {
  const changed = new Set(changes.map(({ task }) => task.id));
  const next = (await openAfter(database, left, changed)) ?? latest;
  if (next === undefined || changed.has(next.id)) return [];
  const { repeating } = await readParts(database, left.userId, { taskId: left.id, limit: maxChanges });
  const { places = {} } = next.occurrence;
  const line = await lineage(database, left.userId, next.id);
  const stays = new Set([...changed, ...line.map(({ id }) => id)]);
  const movable = repeating.filter(({ id }) => !stays.has(id));
  return movable.flatMap((part) => moved(part, places[part.subtaskOf ?? ""] ?? next.id, now));
}
