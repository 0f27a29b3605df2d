import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Series_State } from "@todo/proto/todo/task/v1/series";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import type { Task } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { eventually } from "../../system/eventually.ts";
import { readTopic, type TopicRecord } from "../../system/topic.ts";
import type { ObservedSystem } from "../bed.ts";
import { lagOf } from "../consumer-group.ts";
import { comeToRest } from "../observe.ts";
import { query } from "../query.ts";
import type { KnownSeries } from "./known.ts";
import type { OccurrenceEvent, OccurrenceRow, SeriesObservation, ShownOccurrence } from "./observation.ts";
import type { Person } from "./person.ts";

/** Waits until every event is taken and every advance brought. What never is the checker then finds. */
export async function restOfSeries(bed: ObservedSystem, withinMs: number): Promise<boolean> {
  const group = { groupId: "recurrence", topic: "task.recurring" };
  const sql = "select count(*) as waiting from recurrence.pending_advance";
  const rested = async () => {
    if ((await lagOf(bed.kafka, group)) > 0n) return undefined;
    const [row] = await query<{ waiting: string }>(bed, sql);
    return row?.waiting === "0" ? true : undefined;
  };
  const brought = await eventually("every advance brought", rested, withinMs).catch(() => false);
  return (await comeToRest(bed, withinMs)) && brought;
}

/**
 * Looks at everything that the system holds of some series: tables, topic, and what their users are shown.
 * @param topic all that was ever on `task.recurring`; by default what it holds now
 */
export async function observeSeries(
  bed: ObservedSystem,
  people: readonly Person[],
  known: readonly KnownSeries[],
  topic: () => Promise<readonly TopicRecord[]> = () => readTopic(bed.kafka, "task.recurring"),
): Promise<SeriesObservation> {
  const ids = new Set(people.map(({ id }) => id));
  const [rows, events, shown, series] = await Promise.all([
    query<OccurrenceRow>(bed, rowSql, [...ids]),
    topic().then((records) => eventsOf(records, ids)),
    Promise.all(people.map((person) => eventually("all tasks of a user", () => shownTo(person)))),
    Promise.all(known.map((one) => eventually("a series", () => standing(people, one)))),
  ]);
  return { rows, events, shown: shown.flat(), series };
}

const rowSql = `select id as "taskId", user_id as "userId", series_id as "seriesId", recurrence_id as "recurrenceId",
    (occurrence->>'ordinal')::integer as ordinal, (occurrence->>'number')::integer as number,
    occurrence->>'follows' as follows, delete_time is not null as deleted,
    case status when 1 then 'open' when 2 then 'completed' else 'other' end as status
  from task.task where user_id = any ($1::uuid[])`;

const types: Readonly<Record<string, OccurrenceEvent["type"]>> = {
  "todo.task.v1.OccurrenceCreated": "created",
  "todo.task.v1.OccurrenceCompleted": "completed",
};

function eventsOf(records: readonly TopicRecord[], userIds: ReadonlySet<string>): OccurrenceEvent[] {
  return records.flatMap(({ event }) => {
    const { context, series, recurrenceId = "" } = event?.data ?? {};
    if (event === undefined || context === undefined || !userIds.has(context.userId)) return [];
    const { id: eventId, type } = event;
    const { userId } = context;
    return [{ eventId, type: types[type] ?? "other", userId, seriesId: series?.id ?? "", recurrenceId }];
  });
}

async function shownTo({ user }: Person): Promise<ShownOccurrence[]> {
  const shown: ShownOccurrence[] = [];
  let pageToken = "";
  do {
    const page = await user.client(TaskService).listTasks({ pageSize: 100, pageToken });
    for (const task of page.tasks) {
      const { id: taskId, seriesId } = task;
      shown.push({ taskId, seriesId, userId: user.id, due: dueOf(task) });
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return shown;
}

function dueOf({ due }: Task): string {
  if (due?.kind.case === "allDay") return due.kind.value;
  if (due?.kind.case !== "zoned" || due.kind.value.time === undefined) return "none";
  const { time, tzid } = due.kind.value;
  return `${timestampDate(time).getTime() / 1_000} ${tzid}`;
}

async function standing(people: readonly Person[], { id, userId }: KnownSeries) {
  const person = people.find((one) => one.id === userId);
  const asked = await person?.user.client(SeriesService).getSeries({ id });
  if (asked?.series === undefined) return undefined;
  const { state, recurrenceId } = asked.series;
  return { id, active: state === Series_State.ACTIVE, recurrenceId };
}
