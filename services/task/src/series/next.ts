import { timestampDate } from "@bufbuild/protobuf/wkt";
import { uuidV7 } from "@todo/kit/uuid";
import type { NextOccurrence } from "@todo/proto/todo/task/v1/series_service";
import { parseWall } from "@todo/rrule/calendar/wall";
import type { Database } from "#src/database.ts";
import type { Due } from "#src/domain/due.ts";
import type { Occurrence, OccurrenceTask } from "#src/domain/occurrence.ts";
import { Inheritable, type Series } from "#src/domain/series.ts";
import { shifted } from "#src/domain/shift.ts";
import { dueColumns, titleKey } from "#src/domain/stored.ts";
import { created, Task, type TaskFields } from "#src/domain/task.ts";
import { occurrenceTaken } from "#src/errors.ts";
import type { Changed } from "#src/outcome.ts";
import { checkParent } from "#src/queries/parent.ts";
import { readParts } from "#src/queries/parts.ts";

/** As many parts as are made anew. */
const maxParts = 300;

interface Making {
  series: Series;
  former: OccurrenceTask;
  next: NextOccurrence;
  /** The task that it was before it was taken back. */
  there: OccurrenceTask | undefined;
  missed: number;
  now: Date;
}

/** The next occurrence: new and with parts of its own, or the one that was taken back. Throws OCCURRENCE_TAKEN. */
export async function nextOf(database: Database, o: Making): Promise<[Changed, ...Changed[]]> {
  const { series, former, next, there, now } = o;
  const withParts = series.inherits(Inheritable.subtasks);
  if (there !== undefined) {
    if (there.deleteTime === null || there.occurrence.ordinal <= series.ordinal)
      throw occurrenceTaken(series.id, next.recurrenceId);
    const { subtaskOf, ...fields } = fieldsOf(o, withParts ? there.occurrence.parts : 0);
    return [{ task: there, change: there.remake(fields, now) }];
  }
  const parent =
    former.subtaskOf === null
      ? "unfit"
      : await checkParent(database, former.userId, former.subtaskOf, undefined);
  const parts = withParts
    ? await readParts(database, former.userId, { taskId: former.id, limit: maxParts })
    : [];
  const direct = parts.filter(({ subtaskOf }) => subtaskOf === former.id).length;
  const fields = fieldsOf(o, direct);
  const id = uuidV7(now);
  const task = new Task({
    ...blank(former, id, now),
    ...fields,
    subtaskOf: parent === "fit" ? former.subtaskOf : null,
    seriesId: series.id,
    recurrenceId: next.recurrenceId,
    parentTaskId: series.firstTaskId,
    streamId: series.streamId,
  });
  return [{ task, change: created }, ...copied(parts, { series, former, next: task, now })];
}

function fieldsOf({ series, former, next, missed }: Making, parts: number) {
  const { title, description, priority, tags, reminderMinutes } = series;
  const followingTime = next.followingTime && timestampDate(next.followingTime);
  const occurrence: Occurrence = {
    ordinal: series.ordinal + 1,
    number: next.number,
    follows: former.recurrenceId,
    missed,
    parts,
    made: 1,
  };
  return {
    title,
    titleKey: titleKey(title),
    description,
    priority,
    tags,
    reminderMinutes: series.inherits(Inheritable.reminders) ? reminderMinutes : [],
    ...dueColumns(dueOf(series, next)),
    dependsOn: series.inherits(Inheritable.dependencies) ? former.dependsOn : [],
    completeWithSubtasks: former.completeWithSubtasks,
    subtaskOf: former.subtaskOf,
    isRecurring: true,
    rrulePattern: series.rrule,
    nextOccurrence: followingTime ?? null,
    occurrence,
  };
}

function dueOf({ dueKind, tzid }: Series, { recurrenceId, dueTime }: NextOccurrence): Due {
  switch (dueKind) {
    case "all_day":
      return { kind: dueKind, date: recurrenceId.slice(0, 10) };
    case "floating":
      return { kind: dueKind, time: recurrenceId };
    case "zoned":
      if (dueTime === undefined) throw new Error("the contract lets no occurrence without a time pass");
      return { kind: dueKind, time: timestampDate(dueTime), tzid };
  }
}

/** A task with all that no copy takes over. */
function blank({ userId }: Task, id: string, now: Date): TaskFields {
  const content = { title: "-", description: "", priority: 3, tags: [], due: null } as const;
  const alone = { subtaskOf: null, dependsOn: [], completeWithSubtasks: false, reminderMinutes: [] };
  return { ...Task.create(id, userId, { ...content, ...alone }, now) };
}

/** The parts of an occurrence for the next one: to be done again, as much later, and waiting for each other as before. */
function copied(
  parts: readonly Task[],
  { series, former, next, now }: { series: Series; former: OccurrenceTask; next: Task; now: Date },
): Changed[] {
  const later = (parseWall(next.recurrenceId ?? "") ?? 0) - (parseWall(former.recurrenceId) ?? 0);
  const ids = new Map<string | null, string>([[former.id, next.id]]);
  for (const { id } of parts) ids.set(id, uuidV7(now));
  const outside = series.inherits(Inheritable.dependencies);
  const reminded = series.inherits(Inheritable.reminders);
  return parts.map((part) => {
    const { title, titleKey: key, description, priority, tags, completeWithSubtasks } = part;
    const task = new Task({
      ...blank(part, ids.get(part.id) ?? part.id, now),
      ...{ title, titleKey: key, description, priority, tags, completeWithSubtasks },
      reminderMinutes: reminded ? part.reminderMinutes : [],
      ...dueColumns(part.due && shifted(part.due, later)),
      subtaskOf: ids.get(part.subtaskOf) ?? next.id,
      dependsOn: part.dependsOn.flatMap((id) => ids.get(id) ?? (outside ? [id] : [])),
    });
    return { task, change: created };
  });
}
