import { type OutgoingEvent, outboxRows } from "@todo/kit/outbox";
import type { Task as TaskMessage } from "@todo/proto/todo/task/v1/task";
import type { Database } from "#src/database.ts";
import type { TaskFields } from "#src/domain/task.ts";
import { taskMessage } from "#src/mapping.ts";
import { retagged } from "#src/queries/tag-images.ts";
import { recordRows } from "#src/save.ts";

/**
 * Records what a command of this transaction publishes of each task that it gave other tags. Only a page of them is in
 * memory at a time; `seen` is called with each.
 */
export async function recordRetagged(
  database: Database,
  places: { userId: string; first: bigint; count: number },
  o: { eventsOf(task: TaskMessage): readonly OutgoingEvent[]; seen?(task: TaskFields): void },
): Promise<void> {
  for await (const page of retagged(database, places)) {
    const events = page.flatMap((task) => o.eventsOf(taskMessage(task)));
    await recordRows(database, outboxRows("task", events));
    if (o.seen) page.forEach(o.seen);
  }
}
