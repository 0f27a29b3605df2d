import { OccurrenceScope as Scope } from "@todo/proto/todo/task/v1/series";
import type { Database } from "#src/database.ts";
import type { TaskContent } from "#src/domain/content.ts";
import { isOccurrence, type OccurrenceTask } from "#src/domain/occurrence.ts";
import { type Series, SeriesState, type SeriesTemplate } from "#src/domain/series.ts";
import type { Change, Task } from "#src/domain/task.ts";
import { fieldsInvalid, seriesNotFound, taskDeleted, taskNotRecurring } from "#src/errors.ts";
import type { Changed, Wide } from "#src/outcome.ts";
import { readSeries } from "#src/queries/series.ts";
import { allOpen, othersAlone } from "./end.ts";

/** What was done to one occurrence, and is to be done to others. */
interface Scoped {
  task: Task;
  /** `undefined`: all was so already. */
  made: Change | undefined;
  now: Date;
  database: Database;
}

/** Whether more is meant than one task. */
export function isWide(scope: Scope): boolean {
  return scope === Scope.THIS_AND_FUTURE || scope === Scope.ALL;
}

/** Throws REQUEST_INVALID for what cannot be said of many occurrences at once. */
export function requireForAll(content: Partial<TaskContent>): void {
  if (content.due === undefined) return;
  const description = "a due date is of one occurrence; SetRecurrence changes when the others are due";
  throw fieldsInvalid([{ field: "scope", description }]);
}

/** Gives the series and its open occurrences what was given to one of them. Throws TASK_NOT_RECURRING. */
export async function updatedIn(
  scope: Scope,
  { content, ...o }: Scoped & { content: Partial<TaskContent> },
): Promise<Wide> {
  const { task, made, now } = o;
  const { series, others } = await meant(scope, o);
  const template = templateIn(content);
  const before = series.set(template, now);
  const change = made ?? (before && task.recur({}, { now, anyway: true }));
  const changed = others.flatMap((other) => changedBy(other, other.update(template, undefined, now)));
  if (before === undefined || change === undefined)
    return { changes: [...changedBy(task, made), ...changed] };
  const image = { id: series.id, made: series.settingsVersion, before };
  return {
    changes: [{ task, change, series: image }, ...changed],
    series: [{ series, kind: "changed", at: task }],
  };
}

/** Ends the series and puts its open occurrences into the trash, as one of them was. Throws TASK_NOT_RECURRING. */
export async function deletedIn(scope: Scope, o: Scoped): Promise<Wide> {
  const { task, made, now, database } = o;
  const { series, others } = await meant(scope, o);
  const before = series.set({ state: SeriesState.ended }, now);
  if (made === undefined) {
    if (before !== undefined) throw taskDeleted(task.id);
    return { changes: [] };
  }
  const deleted = others.flatMap((other) => changedBy(other, other.delete(undefined, now)));
  const known = [task.id, ...others.map(({ id }) => id)];
  const alone = await othersAlone(database, series, { known, now });
  if (before === undefined) return { changes: [{ task, change: made }, ...deleted, ...alone] };
  const image = { id: series.id, made: series.settingsVersion, before };
  return {
    changes: [{ task, change: made, series: image }, ...deleted, ...alone],
    series: [{ series, kind: "ended", at: task }],
  };
}

/** The series, and which of its open occurrences are meant besides the task. */
async function meant(
  scope: Scope,
  { task, database }: Scoped,
): Promise<{ series: Series; others: OccurrenceTask[] }> {
  if (!isOccurrence(task)) throw taskNotRecurring(task.id);
  const [series] = await readSeries(database, task.userId, [task.seriesId]);
  if (series === undefined) throw seriesNotFound(task.seriesId);
  const open = await allOpen(database, series);
  const { ordinal } = task.occurrence;
  const isMeant = (other: OccurrenceTask) => scope === Scope.ALL || other.occurrence.ordinal > ordinal;
  return { series, others: open.filter((other) => other.id !== task.id && isMeant(other)) };
}

function templateIn(content: Partial<TaskContent>): Partial<SeriesTemplate> {
  const { title, description, priority, tags, reminderMinutes } = content;
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(priority === undefined ? {} : { priority }),
    ...(tags === undefined ? {} : { tags }),
    ...(reminderMinutes === undefined ? {} : { reminderMinutes }),
  };
}

function changedBy(task: Task, change: Change | undefined): Changed[] {
  return change === undefined ? [] : [{ task, change }];
}
