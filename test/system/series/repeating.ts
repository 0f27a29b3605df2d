import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type RecurrenceSchema, type Series, Series_State } from "@todo/proto/todo/task/v1/series";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import type { Bed } from "../bed.ts";
import { eventually } from "../eventually.ts";
import type { User } from "../user.ts";

/** The last Friday of every month. */
export const lastFriday = "FREQ=MONTHLY;BYDAY=-1FR";

/**
 * The last Friday of January to June in 2020, in 2099 and so on: of six years ago everything has passed, and of what
 * comes nothing, whenever the test runs.
 */
export const longAgo = "FREQ=YEARLY;INTERVAL=79;BYMONTH=1,2,3,4,5,6;BYDAY=-1FR";

/** A rule as a request has it; {@link lastFriday} unless it says otherwise. */
export type Rule = Omit<MessageInitShape<typeof RecurrenceSchema>, "$typeName">;

/** The first task of a series, due at an instant, by the clock of Berlin unless the rule says otherwise. */
export async function startSeries(user: User, due: string, rule: Rule): Promise<Task> {
  const zoned = { time: timestampFromDate(new Date(due)), tzid: rule.tzid ?? "Europe/Berlin" };
  const { task } = await user.client(TaskService).createTask({
    title: "Send the invoice",
    tags: ["Work"],
    reminderMinutes: [30],
    due: { kind: { case: "zoned", value: zoned } },
  });
  const made = await user
    .client(SeriesService)
    .setRecurrence({ taskId: task?.id ?? "", recurrence: { rrule: lastFriday, ...rule } });
  if (made.task === undefined) throw new Error("no task");
  return made.task;
}

/** Completes a task. Answers what takes that back. */
export async function complete(user: User, { id }: Task): Promise<string> {
  return (await user.client(TaskService).completeTask({ id })).undoToken;
}

export async function undo(user: User, undoToken: string): Promise<void> {
  await user.client(TaskService).undo({ undoToken });
}

/** The occurrences of a series that are not in the trash, or others, by due date. */
export async function occurrences(
  user: User,
  { seriesId }: Task,
  trash: Trash = Trash.WITHOUT,
): Promise<Task[]> {
  const { tasks } = await user.client(TaskService).listTasks({ filter: { seriesId, trash }, pageSize: 100 });
  return tasks.sort((a, b) => due(a).localeCompare(due(b)));
}

/** The occurrence behind one, once it is there and open. */
export function nextOf(user: User, task: Task): Promise<Task> {
  return eventually("the next occurrence", async () => {
    const after = (await occurrences(user, task)).filter((other) => due(other) > due(task));
    return after.find(({ status }) => status === TaskStatus.OPEN);
  });
}

/** When a task is due, as ISO 8601 in UTC. */
export function due({ due: date }: Task): string {
  if (date?.kind.case !== "zoned" || date.kind.value.time === undefined) throw new Error("no time");
  return timestampDate(date.kind.value.time).toISOString();
}

export async function seriesOf(user: User, { seriesId }: Task): Promise<Series> {
  const { series } = await user.client(SeriesService).getSeries({ id: seriesId });
  if (series === undefined) throw new Error("no series");
  return series;
}

/** The series once its rule has no further occurrence. */
export function exhausted(user: User, task: Task): Promise<Series> {
  return eventually("the end of the series", async () => {
    const series = await seriesOf(user, task);
    return series.state === Series_State.EXHAUSTED ? series : undefined;
  });
}

/** Waits until recurrence has taken everything that happened to a series so far, and nothing of it is left to do. */
export async function settled(bed: Bed, user: User, task: Task): Promise<void> {
  const sql = `select s.version, p.series_id as pending from recurrence.series_state s
    left join recurrence.pending_advance p using (series_id) where series_id = $1`;
  await eventually("recurrence at rest", async () => {
    const { version } = await seriesOf(user, task);
    const [row] = await bed.sql(sql, [task.seriesId]);
    return String(row?.["version"]) === `${version}` && row?.["pending"] === null ? true : undefined;
  });
}
