import { fieldsOf, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import { isOccurrence, type OccurrenceTask } from "#src/domain/occurrence.ts";
import type { Series, SeriesFields } from "#src/domain/series.ts";
import { Task } from "#src/domain/task.ts";
import { selectSeries, seriesOf } from "#src/series/columns.ts";

const seriesStatement: Statement = {
  name: "series",
  text: `
with ${me}
select ${selectSeries("s")} from me
cross join lateral (select * from series where user_id = me.user_id and id = any ($2::uuid[]) offset 0) s`,
};

/** Those of the user's series that the ids name. */
export async function readSeries(
  database: Database,
  userId: string,
  ids: readonly string[],
): Promise<Series[]> {
  const rows = await read<SeriesFields>(database, seriesStatement, [userId, ids]);
  return rows.map((row) => seriesOf(row));
}

const activeStatement: Statement = {
  name: "active-series",
  text: `
with ${me}
select count(*)::integer as "count" from me
cross join lateral (select from series where user_id = me.user_id and state = 1 limit $2) s`,
};

/** How many of the user's series go on, as far as `limit`. */
export async function countActiveSeries(database: Database, userId: string, limit: number): Promise<number> {
  const [row] = await read<{ count: number }>(database, activeStatement, [userId, limit]);
  return row?.count ?? 0;
}

const occurrencesStatement: Statement = {
  name: "occurrences",
  text: `
with ${me}
select ${selectTask("t")} from me
cross join lateral (
  select * from task where user_id = me.user_id and series_id = $2 and recurrence_id = any ($3::text[]) offset 0
) t`,
};

/** Those of the occurrences of a series that there are, by their `recurrence_id`s. */
export async function readOccurrences(
  database: Database,
  userId: string,
  o: { seriesId: string; recurrenceIds: readonly string[] },
): Promise<ReadonlyMap<string, OccurrenceTask>> {
  const rows = await read<TaskRow>(database, occurrencesStatement, [userId, o.seriesId, o.recurrenceIds]);
  const tasks = rows.map((row) => new Task(fieldsOf(row))).filter(isOccurrence);
  return new Map(tasks.map((task) => [task.recurrenceId, task]));
}

const sameTimeStatement: Statement = {
  name: "occurrences-of-a-time",
  text: `
with ${me}
select ${selectTask("t")} from me
cross join lateral (
  select * from task where user_id = me.user_id and series_id = $2 and left(recurrence_id, 19) = $3 offset 0
) t`,
};

/** The occurrences that a series has at a local time. */
export async function occurrencesOfTime(
  database: Database,
  { userId, id }: Pick<Series, "userId" | "id">,
  localTime: string,
): Promise<OccurrenceTask[]> {
  const rows = await read<TaskRow>(database, sameTimeStatement, [userId, id, localTime]);
  return rows.map((row) => new Task(fieldsOf(row))).filter(isOccurrence);
}

const withOccurrencesStatement: Statement = {
  name: "series-with-occurrences",
  text: `
with ${me}
select ${selectSeries("s", "s.")}, ${selectTask("t")} from me
cross join lateral (select * from series where user_id = me.user_id and id = $2 offset 0) s
left join lateral (
  select * from task where user_id = me.user_id and series_id = $2 and recurrence_id = any ($3::text[]) offset 0
) t on true`,
};

/** A series with some of its occurrences, all of one moment; `undefined`: the user has no such series. */
export async function readSeriesWith(
  database: Database,
  userId: string,
  o: { seriesId: string; recurrenceIds: readonly string[] },
): Promise<{ series: Series; occurrences: ReadonlyMap<string, OccurrenceTask> } | undefined> {
  const rows = await read<TaskRow | { id: null }>(database, withOccurrencesStatement, [
    userId,
    o.seriesId,
    o.recurrenceIds,
  ]);
  const [row] = rows;
  if (row === undefined) return undefined;
  const tasks = rows.flatMap((each) => (each.id === null ? [] : [new Task(fieldsOf(taskIn(each)))]));
  const occurrences = new Map(tasks.filter(isOccurrence).map((task) => [task.recurrenceId, task]));
  return { series: seriesOf(row, "s."), occurrences };
}

/** What of a row is the task. */
function taskIn(row: TaskRow): TaskRow {
  const own = Object.entries(row).filter(([name]) => !name.startsWith("s."));
  return Object.fromEntries(own) as unknown as TaskRow;
}

const openStatement: Statement = {
  name: "open-occurrences",
  text: `
with ${me}
select ${selectTask("t")} from me
cross join lateral (
  select * from task
  where user_id = me.user_id and series_id = $2 and status = 1 and delete_time is null limit $3
) t`,
};

/** The occurrences of a series that are still to do. */
export async function openOccurrences(
  database: Database,
  userId: string,
  o: { seriesId: string; limit: number },
): Promise<OccurrenceTask[]> {
  const rows = await read<TaskRow>(database, openStatement, [userId, o.seriesId, o.limit]);
  return rows.map((row) => new Task(fieldsOf(row))).filter(isOccurrence);
}
