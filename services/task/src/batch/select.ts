import {
  type BatchUpdateTasksRequest,
  ListTasksRequest_Order as Order,
} from "@todo/proto/todo/task/v1/task_service";
import type { Database } from "#src/database.ts";
import { Task } from "#src/domain/task.ts";
import { batchTooLarge, fieldsInvalid } from "#src/errors.ts";
import { filterOf, leavesNoneOut } from "#src/filter.ts";
import { countTasks, listTasks } from "#src/queries/list-tasks.ts";
import { maxChanges } from "#src/undo-token.ts";
import type { Selected } from "./answer.ts";

/** A task that a batch means, by its id. */
export interface Meant {
  id: string;
  /** `undefined`: the user has no such task. */
  task: Task | undefined;
  etag: string;
}

/** As many as are counted where too many match. */
const mostCounted = 100_000;

/** The tasks that the request names, by ids as they are stored; none if a filter chooses. */
export function namedTargets({ selection }: BatchUpdateTasksRequest): { id: string; etag: string }[] {
  if (selection.case !== "targets") return [];
  const targets = selection.value.targets.map(({ id, etag }) => ({ id: id.toLowerCase(), etag }));
  const ids = targets.map(({ id }) => id);
  const violations = ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [{ field: `targets.targets[${index}].id`, description: "is named twice" }],
  );
  if (violations.length > 0) throw fieldsInvalid(violations);
  return targets;
}

/** A filter that was forgotten matches everything: throws REQUEST_INVALID unless it is said whether that is meant. */
export function requireMeant({ selection, dryRun }: BatchUpdateTasksRequest): void {
  if (selection.case !== "filter" || dryRun !== undefined || !leavesNoneOut(selection.value)) return;
  const description = "must be set, true or false, where the filter leaves no task out";
  throw fieldsInvalid([{ field: "dry_run", description }]);
}

/** The tasks that match the filter of a batch. Throws BATCH_TOO_LARGE, but not of a dry run. */
export async function matching(
  database: Database,
  userId: string,
  { selection, dryRun = false }: BatchUpdateTasksRequest,
): Promise<{ meant: Meant[]; selected: Selected }> {
  const filter = filterOf(selection.case === "filter" ? selection.value : undefined);
  const page = { filter, order: Order.CREATED, limit: maxChanges + 1, position: undefined };
  const { tasks } = await listTasks(database, userId, page);
  const first = tasks.slice(0, maxChanges);
  const meant = first.map((fields) => ({ id: fields.id, etag: "", task: new Task(fields) }));
  if (tasks.length <= maxChanges) return { meant, selected: { count: meant.length, isMinimum: false } };
  const count = await countTasks(database, userId, { filter, limit: mostCounted });
  const refusal = batchTooLarge(maxChanges, count);
  if (!dryRun) throw refusal;
  return { meant, selected: { count, isMinimum: count === mostCounted, refusal } };
}
