import { timestampDate } from "@bufbuild/protobuf/wkt";
import { uuidV7 } from "@todo/kit/uuid";
import type { NextOccurrence } from "@todo/proto/todo/task/v1/series_service";
import { localTimeOf } from "@todo/rrule/calendar/recurrence-id";
import type { Database } from "#src/database.ts";
import type { Due } from "#src/domain/due.ts";
import type { Occurrence, OccurrenceTask } from "#src/domain/occurrence.ts";
import { Inheritable, type Series } from "#src/domain/series.ts";
import { dueColumns, titleKey } from "#src/domain/stored.ts";
import { created, Task } from "#src/domain/task.ts";
import type { Changed } from "#src/outcome.ts";
import { noParts, type Parts, readParts } from "#src/queries/parts.ts";
import { withoutRings } from "./meet.ts";
import { blank, type Copies, copied, copiesOf, moved } from "./parts.ts";
import { type Place, placeAfter } from "./place.ts";

/** As many parts as are made anew. */
const maxParts = 300;

interface Making {
  series: Series;
  former: OccurrenceTask;
  next: NextOccurrence;
  recurrenceId: string;
  /** The task that it was before it went into the trash. */
  there: OccurrenceTask | undefined;
  missed: number;
  /** The version of the time zones by which its instants were computed. */
  tzdata: string;
  now: Date;
}

/** The next occurrence: new and with parts of its own, or the one that waits in the trash. */
export async function nextOf(database: Database, o: Making): Promise<[Changed, ...Changed[]]> {
  const { series, former, there } = o;
  const parts = series.inherits(Inheritable.subtasks)
    ? await readParts(database, former.userId, { taskId: former.id, limit: maxParts })
    : noParts;
  const place = await placeAfter(database, former);
  const whole = { ...o, parts, place };
  return there === undefined ? made(whole) : revived(database, there, whole);
}

interface Whole extends Making {
  parts: Parts;
  place: Place;
}

function made(o: Whole): [Changed, ...Changed[]] {
  const { series, former, recurrenceId, parts, place, now } = o;
  const copies = copiesOf(parts, now);
  const direct = parts.own.filter(({ subtaskOf }) => subtaskOf === former.id).length;
  const places = Object.fromEntries([...parts.holding].map((id) => [id, copies.get(id) ?? id]));
  const task = new Task({
    ...blank(former, uuidV7(now), now),
    ...fieldsOf(o, { parts: direct, ...(parts.holding.size > 0 && { places }) }),
    subtaskOf: place.subtaskOf,
    seriesId: series.id,
    recurrenceId,
    parentTaskId: series.firstTaskId,
    streamId: series.streamId,
  });
  const copiedParts = copied(parts, { series, former, next: task, copies, now });
  return [{ task, change: created }, ...copiedParts, ...along(o, task, copies)];
}

async function revived(
  database: Database,
  there: OccurrenceTask,
  o: Whole,
): Promise<[Changed, ...Changed[]]> {
  const { series, place, now } = o;
  const { parts, places } = there.occurrence;
  const withParts = series.inherits(Inheritable.subtasks);
  const of = { parts: withParts ? parts : 0, ...(places && { places }) };
  const subtaskOf = place.above.has(there.id) ? null : place.subtaskOf;
  const fields = fieldsOf(o, of);
  const dependsOn = await withoutRings(database, there, fields.dependsOn);
  const change = there.remake({ ...fields, subtaskOf, dependsOn }, now);
  return [{ task: there, change }, ...along(o, there, new Map(Object.entries(places ?? {})))];
}

/** What repeats by itself of an occurrence that is done goes along with it to the next one. */
function along({ former, parts, place, now }: Whole, next: Task, places: Copies): Changed[] {
  if (former.isOpen) return [];
  const movable = parts.repeating.filter(({ id }) => id !== next.id && !place.above.has(id));
  return movable.flatMap((part) => moved(part, places.get(part.subtaskOf) ?? next.id, now));
}

function fieldsOf(
  { series, former, next, missed, tzdata }: Making,
  of: Pick<Occurrence, "parts" | "places">,
) {
  const { title, description, priority, tags, reminderMinutes } = series;
  const followingTime = next.followingTime && timestampDate(next.followingTime);
  const due = dueOf(series, next);
  const occurrence: Occurrence = {
    ordinal: series.ordinal + 1,
    number: next.number,
    follows: former.recurrenceId,
    missed,
    ...of,
    made: 1,
    reckoned: { tzdata, due: due.kind === "zoned" ? due.time.toISOString() : null },
  };
  return {
    title,
    titleKey: titleKey(title),
    description,
    priority,
    tags,
    reminderMinutes: series.inherits(Inheritable.reminders) ? reminderMinutes : [],
    ...dueColumns(due),
    dependsOn: series.inherits(Inheritable.dependencies) ? former.dependsOn : [],
    completeWithSubtasks: former.completeWithSubtasks,
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
      return { kind: dueKind, time: localTimeOf(recurrenceId) };
    case "zoned":
      if (dueTime === undefined) throw new Error("the contract lets no occurrence without a time pass");
      return { kind: dueKind, time: timestampDate(dueTime), tzid };
  }
}
