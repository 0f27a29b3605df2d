import { uuidV7 } from "@todo/kit/uuid";
import { localTimeOf } from "@todo/rrule/calendar/recurrence-id";
import { parseWall } from "@todo/rrule/calendar/wall";
import { isUntouched, type OccurrenceTask } from "#src/domain/occurrence.ts";
import { Inheritable, type Series } from "#src/domain/series.ts";
import { shifted } from "#src/domain/shift.ts";
import { dueColumns } from "#src/domain/stored.ts";
import { created, Task, type TaskFields } from "#src/domain/task.ts";
import type { Changed } from "#src/outcome.ts";
import type { Parts } from "#src/queries/parts.ts";

/** The ids of parts in the next occurrence, by their ids in the one before. */
export type Copies = ReadonlyMap<string | null, string>;

export function copiesOf({ own }: Parts, now: Date): Copies {
  return new Map(own.map(({ id }) => [id, uuidV7(now)]));
}

/** A task with all that no copy takes over. */
export function blank({ userId }: Task, id: string, now: Date): TaskFields {
  const content = { title: "-", description: "", priority: 3, tags: [], due: null } as const;
  const alone = { subtaskOf: null, dependsOn: [], completeWithSubtasks: false, reminderMinutes: [] };
  return { ...Task.create(id, userId, { ...content, ...alone }, now) };
}

interface Handing {
  series: Series;
  former: OccurrenceTask;
  next: Task;
  copies: Copies;
  now: Date;
}

/** The parts of an occurrence for the next one: to be done again, as much later, and waiting for each other as before. */
export function copied({ own, repeating }: Parts, o: Handing): Changed[] {
  const { series, former, next, copies, now } = o;
  const wallOf = ({ recurrenceId }: Task) => parseWall(localTimeOf(recurrenceId ?? "")) ?? 0;
  const later = wallOf(next) - wallOf(former);
  const outside = series.inherits(Inheritable.dependencies);
  const reminded = series.inherits(Inheritable.reminders);
  const kept = new Set(repeating.map(({ id }) => id));
  return own.map((part) => {
    const { title, titleKey, description, priority, tags, completeWithSubtasks } = part;
    const task = new Task({
      ...blank(part, copies.get(part.id) ?? part.id, now),
      ...{ title, titleKey, description, priority, tags, completeWithSubtasks },
      reminderMinutes: reminded ? part.reminderMinutes : [],
      ...dueColumns(part.due && shifted(part.due, later)),
      subtaskOf: copies.get(part.subtaskOf) ?? next.id,
      dependsOn: part.dependsOn.flatMap((id) => copies.get(id) ?? (outside || kept.has(id) ? [id] : [])),
    });
    return { task, change: created };
  });
}

/** A part that repeats by itself, as a part of something else. Out of the trash, if it lay there with what it was of. */
export function moved(part: OccurrenceTask, subtaskOf: string, now: Date): Changed[] {
  const { occurrence, deleteTime } = part;
  const untouched = isUntouched(part);
  const change =
    deleteTime === null
      ? part.update({ subtaskOf }, undefined, now)
      : part.remake({ subtaskOf, occurrence }, now);
  if (change === undefined) return [];
  // Its series made it so: for that it is as it was made, unless somebody else changed it.
  const made = untouched ? part.version : occurrence.made;
  return [{ task: part, change: part.amend(change, { occurrence: { ...occurrence, made } }) }];
}
