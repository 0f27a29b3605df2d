import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { type TaskFilter, TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import type { Priority } from "./domain/content.ts";
import type { FieldViolation } from "./domain/rule-errors.ts";
import { tagsOf } from "./domain/tags.ts";
import type { Status } from "./domain/task.ts";
import { fieldsInvalid } from "./errors.ts";
import { instantOf } from "./mapping.ts";
import type { ListFilter } from "./queries/list-tasks.ts";

/** The filter as queries take it. Throws REQUEST_INVALID for an instant that is none. */
export function filterOf(filter: TaskFilter | undefined): ListFilter {
  const violations: FieldViolation[] = [];
  const instant = (field: string, time: Timestamp | undefined) => {
    if (time === undefined) return null;
    const date = instantOf(time);
    if (!Number.isNaN(date.getTime())) return date;
    violations.push({ field: `filter.${field}`, description: "must lie in the years 1 to 9999" });
    return null;
  };
  const listFilter: ListFilter = {
    statuses: nonEmpty(filter?.statuses) as Status[] | null,
    priorities: nonEmpty(filter?.priorities) as Priority[] | null,
    tags: nonEmpty(filter && tagsOf(filter.tags)),
    dueFrom: instant("due_from", filter?.dueFrom),
    dueUntil: instant("due_until", filter?.dueUntil),
    hasDue: filter?.hasDue ?? null,
    subtaskOf: filter?.subtaskOf || null,
    seriesId: filter?.seriesId || null,
    inTrash: inTrash(filter?.trash),
    blocked: filter?.blocked ?? null,
  };
  if (violations.length > 0) throw fieldsInvalid(violations);
  return listFilter;
}

/** How many statuses and priorities there are: a filter by all of them leaves none out. */
const [statusCount, priorityCount] = [3, 4];

/** Whether a filter matches every task of a user, but for those in the trash. */
export function leavesNoneOut(filter: TaskFilter): boolean {
  const { statuses, priorities, tags, trash } = filter;
  const { dueFrom, dueUntil, hasDue, subtaskOf, seriesId, blocked } = filter;
  const named = [dueFrom, dueUntil, hasDue, blocked, subtaskOf || undefined, seriesId || undefined];
  const allOf = ({ length }: readonly unknown[], count: number) => length === 0 || length === count;
  const allKinds = allOf(statuses, statusCount) && allOf(priorities, priorityCount) && tags.length === 0;
  return allKinds && trash !== Trash.ONLY && named.every((part) => part === undefined);
}

function nonEmpty<T>(values: T[] | undefined): T[] | null {
  return values === undefined || values.length === 0 ? null : values;
}

function inTrash(trash: Trash | undefined): boolean | null {
  if (trash === Trash.WITH) return null;
  return trash === Trash.ONLY;
}
