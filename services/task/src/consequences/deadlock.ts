import type { Database } from "#src/database.ts";
import { deadlockOf, type Edge } from "#src/domain/deadlock.ts";
import { dependencyCycle } from "#src/errors.ts";
import type { Changed } from "#src/outcome.ts";
import { waitingFor } from "#src/queries/waiting.ts";

/** Throws DEPENDENCY_CYCLE if changes would leave tasks of which each has to be done before another one. */
export async function requireNoDeadlock(
  database: Database,
  userId: string,
  changes: readonly Changed[],
): Promise<void> {
  const way = await deadlockBy(database, userId, changes);
  if (way !== undefined) throw dependencyCycle(way);
}

/**
 * The way from a task back to it which changes close, over what each waits for and over its parts; `undefined`: they
 * close none. What is done or in the trash counts, so that reopening or restoring closes none either.
 *
 * Costs a query where a change lets a task wait for another one, or puts one under another.
 */
export async function deadlockBy(
  database: Database,
  userId: string,
  changes: readonly Changed[],
): Promise<readonly string[] | undefined> {
  if (!changes.some(mayClose)) return undefined;
  const edges = changes.flatMap(edgesOf);
  const known = await waitingFor(database, userId, [...new Set(edges.map(([from]) => from))]);
  for (const { task } of changes) known.set(task.id, task);
  return deadlockOf(known, edges);
}

/** A new task stands in nobody's way unless it comes under another one, and waits for something. */
function mayClose(changed: Changed): boolean {
  const { task, change } = changed;
  if (change.kind === "created") return task.subtaskOf !== null && task.dependsOn.length > 0;
  return edgesOf(changed).length > 0;
}

/** The edges that a change adds. */
function edgesOf({ task, change: { kind, before } }: Changed): Edge[] {
  const isNew = kind === "created";
  const had = isNew ? [] : (before.dependsOn ?? task.dependsOn);
  const added = task.dependsOn.filter((id) => !had.includes(id));
  const moved = isNew || (before.subtaskOf !== undefined && before.subtaskOf !== task.subtaskOf);
  return [
    ...added.map((id) => [task.id, id] as const),
    ...(moved && task.subtaskOf !== null ? [[task.subtaskOf, task.id] as const] : []),
  ];
}
