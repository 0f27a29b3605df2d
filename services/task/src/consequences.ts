import { cascade, requireUnblocked, rollUp } from "./consequences/cascade.ts";
import { Family } from "./consequences/family.ts";
import { lookFor, mayMatter } from "./consequences/look.ts";
import type { Database } from "./database.ts";
import type { Changed, Following } from "./outcome.ts";
import type { Ground } from "./queries/load.ts";
import { relatives } from "./queries/relatives.ts";

/**
 * The changes of a command with those of other tasks that follow from them: parts that are completed, deleted and
 * restored with the task above, that task when its last part is done, counts of parts, and what is blocked.
 *
 * Costs a query, and none where no other task is concerned.
 *
 * Throws TASK_BLOCKED, COMMAND_TOO_LARGE.
 */
export async function withConsequences(
  database: Database,
  { changes, following = "all" }: { changes: readonly Changed[]; following?: Following },
  o: { ground: Pick<Ground, "unawaited">; userId: string; time: Date },
): Promise<readonly Changed[]> {
  if (!changes.some((changed) => mayMatter(changed, o.ground))) return changes;
  const found = await relatives(database, o.userId, lookFor(changes, following));
  const family = new Family(changes, found, o.time);
  if (following !== "counted") {
    cascade(family);
    if (following !== "unhindered") requireUnblocked(family);
    rollUp(family);
  }
  return family.settled();
}
