import {
  create,
  fromJson,
  type JsonObject,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { RunningApp } from "@todo/kit/running-app";
import { type Series, SeriesSchema, Series_State as State } from "@todo/proto/todo/task/v1/series";
import { OccurrenceCompletedSchema, OccurrenceSkippedSchema } from "@todo/proto/todo/task/v1/series_event";
import type { AdvanceSeriesRequestSchema } from "@todo/proto/todo/task/v1/series_service";
import { type Due, DueSchema, type Task } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import { formatWall, parseWall } from "@todo/rrule/calendar/wall";
import { openSeries } from "@todo/rrule/open";
import { allPages, type Bed, createTask, required, type SeriesClient, type TaskClient } from "./fixture.ts";
import { knowledgeOf } from "./recurrence-knowledge.ts";

export type AdvanceRequest = MessageInitShape<typeof AdvanceSeriesRequestSchema>;

/** A user whose tasks repeat. */
export interface Repeating {
  userId: string;
  client: TaskClient;
  series: SeriesClient;
  /** Says what the recurrence service says. */
  recurrence: SeriesClient;
}

export function repeating(bed: Bed, userId: string, app?: RunningApp): Repeating {
  return {
    userId,
    client: bed.as(userId, {}, app),
    series: bed.seriesOf(userId, "gateway", app),
    recurrence: bed.seriesOf(userId, "recurrence", app),
  };
}

export function berlin(time: string): Due {
  const value = { time: timestampFromDate(new Date(time)), tzid: "Europe/Berlin" };
  return create(DueSchema, { kind: { case: "zoned", value } });
}

/** A task that is due on Mondays at nine in Berlin from 2 March 2026 on. */
export async function weekly(
  { client, series }: Repeating,
  o: { task?: Parameters<typeof createTask>[1]; recurrence?: object } = {},
): Promise<{ task: Task; series: Series; undoToken: string }> {
  const task = { title: "Tidy up", due: berlin("2026-03-02T08:00:00Z"), ...o.task };
  const { id: taskId } = await createTask(client, task);
  const made = await series.setRecurrence({ taskId, recurrence: { rrule: "FREQ=WEEKLY", ...o.recurrence } });
  return { task: required(made.task), series: required(made.series), undoToken: made.undoToken };
}

/** An event of `task.recurring`. */
export interface RecurringEvent {
  type: string;
  subject: string;
  data: JsonObject & { series: JsonObject };
}

/** What was published of a user's series so far, in its order. */
export async function eventsOf({ app, publisher }: Bed, userId: string): Promise<RecurringEvent[]> {
  await required(app.relay).drained();
  const events = publisher.events("task.recurring") as unknown as (RecurringEvent & { userid: string })[];
  return events.filter(({ userid }) => userid === userId);
}

/** Forgets what was published so far. Each look reads all of it, which would take longer and longer in a property. */
export function forgetPublished({ publisher }: Bed): void {
  publisher.records.length = 0;
}

export function typesOf(events: readonly { type: string }[]): string[] {
  return events.map(({ type }) => type.replace("todo.task.v1.", ""));
}

type Told = MessageShape<typeof OccurrenceCompletedSchema>;

/** What the recurrence service would ask for upon each event that an occurrence was done. */
export function advancesFor(events: readonly RecurringEvent[]): AdvanceRequest[] {
  const desired = [OccurrenceCompletedSchema, OccurrenceSkippedSchema];
  return events.flatMap(({ type, data }) => {
    const desc = desired.find(({ typeName }) => typeName === type);
    if (desc === undefined) return [];
    const { series, recurrenceId } = fromJson(desc, data, { ignoreUnknownFields: true }) as Told;
    const told = required(series);
    if (told.state !== State.ACTIVE || told.recurrenceId !== recurrenceId) return [];
    return [advanceOf(told)];
  });
}

/** What follows the latest occurrence of a series. */
export function advanceOf(series: Series): AdvanceRequest {
  const { rrule, dtstart, tzid } = required(series.recurrence);
  const exdates = series.skipped.map((each) => each.recurrenceId);
  const open = openSeries({ rrule, dtstart, tzid, exdates });
  const follows = required(parseWall(series.recurrenceId));
  const occurrences = open.occurrences(open.zone.instantOf(follows).instant);
  const [next, following] = [occurrences.next().value, occurrences.next().value];
  const about = { seriesId: series.id, seriesVersion: series.version, follows: series.recurrenceId };
  if (next === undefined) return { ...about, outcome: { case: "exhausted", value: {} } };
  const timeOf = (instant: number) => timestampFromDate(new Date(instant * 1_000));
  const value = {
    recurrenceId: formatWall(next.wall),
    dueTime: timeOf(next.instant),
    number: series.number + 1,
    ...(following && { followingTime: timeOf(following.instant) }),
  };
  return { ...about, outcome: { case: "next", value } };
}

/** Asks for the next occurrence as the newest of the events says. */
export async function advanced(bed: Bed, user: Repeating): Promise<Task> {
  const request = required(advancesFor(await eventsOf(bed, user.userId)).at(-1));
  return required((await user.recurrence.advanceSeries(request)).task);
}

export async function tasksOf({ client }: Repeating, trash: Trash = Trash.WITHOUT): Promise<Task[]> {
  const tasks = await allPages(client, { filter: { trash }, pageSize: 100 });
  return tasks.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function dueOf({ due }: Task): string {
  const { kind } = required(due);
  if (kind.case !== "zoned") return String(kind.value);
  return timestampDate(required(kind.value.time)).toISOString();
}

/** What the recurrence service would ask for, knowing all that was told so far; `undefined`: nothing. */
export function pendingFor(events: readonly RecurringEvent[]): AdvanceRequest | undefined {
  const known = knowledgeOf(events);
  if (known?.active !== true || known.fact?.done === undefined) return undefined;
  const all = events.map(({ data }) => fromJson(SeriesSchema, data.series));
  const newest = required(all.find(({ version }) => version === known.version));
  return { ...advanceOf(newest), seriesVersion: known.fact.version };
}
