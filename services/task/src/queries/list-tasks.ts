import type { ListTasksRequest_Order as Order } from "@todo/proto/todo/task/v1/task_service";
import { fieldsOf, parameterOf, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import type { Priority } from "#src/domain/content.ts";
import type { Status, TaskFields } from "#src/domain/task.ts";
import { behind, orders, sortKeysOf } from "./list-order.ts";

/** Which tasks are meant. What is `null` does not matter. */
export interface ListFilter {
  statuses: readonly Status[] | null;
  priorities: readonly Priority[] | null;
  /** All of them. */
  tags: readonly string[] | null;
  dueFrom: Date | null;
  /** Not included. */
  dueUntil: Date | null;
  hasDue: boolean | null;
  subtaskOf: string | null;
  seriesId: string | null;
  inTrash: boolean | null;
  blocked: boolean | null;
}

/** Where a page begins: the values of the order's sort keys of the last task of the page before. */
export type Position = readonly (string | number)[];

/** $1 is the user and $2 the limit; the position follows behind the filter. */
const filterSql = `
  ($3::smallint[] is null or t.status = any($3))
  and ($4::smallint[] is null or t.priority = any($4))
  and ($5::text[] is null or t.tags @> $5)
  and ($6::timestamptz is null or t.due_at >= $6)
  and ($7::timestamptz is null or t.due_at < $7)
  and ($8::boolean is null or (t.due_at is not null) = $8)
  and ($9::uuid is null or t.subtask_of = $9)
  and ($10::uuid is null or t.series_id = $10)
  and ($11::boolean is null or (t.delete_time is not null) = $11)
  and ($12::boolean is null or t.blocked = $12)`;
const firstOfPosition = 13;

const statements = new Map<string, Statement>();
for (const order of orders) {
  const keys = sortKeysOf(order);
  const sorted = keys.map(({ sql, direction }) => `${sql} ${direction}`).join(", ");
  for (const next of [false, true]) {
    const position = next ? `and ${behind(keys, firstOfPosition)}` : "";
    statements.set(nameOf(order, next), {
      name: nameOf(order, next),
      text: `
with ${me}
select coalesce(c.seq, 0) as newest, ${selectTask("t")}
from me
left join lateral (select seq from user_counter where user_id = me.user_id offset 0) c on true
left join lateral (
  select * from task t where t.user_id = me.user_id and ${filterSql} ${position} order by ${sorted} limit $2
) t on true
order by ${sorted}`,
    });
  }
}

function nameOf(order: Order, next: boolean): string {
  return `list-tasks-${order}${next ? "-next" : ""}`;
}

const countStatement: Statement = {
  name: "count-tasks",
  text: `
with ${me}
select count(*)::integer as count from me cross join lateral (
  select from task t where t.user_id = me.user_id and ${filterSql} limit $2
) t`,
};

/** How many of the user's tasks match, as far as `limit`. */
export async function countTasks(
  database: Database,
  userId: string,
  o: { filter: ListFilter; limit: number },
): Promise<number> {
  const values = [userId, o.limit, ...valuesOf(o.filter)];
  const [row] = await read<{ count: number }>(database, countStatement, values.map(parameterOf));
  return row?.count ?? 0;
}

type Row = { newest: string } & (TaskRow | { id: null });

/** A page of the user's tasks, and the user's newest `user_seq` at the same moment. */
export async function listTasks(
  database: Database,
  userId: string,
  o: { filter: ListFilter; order: Order; limit: number; position: Position | undefined },
): Promise<{ newest: bigint; tasks: TaskFields[] }> {
  const statement = statements.get(nameOf(o.order, o.position !== undefined));
  if (statement === undefined) throw new RangeError(`no order ${o.order}`);
  const values = [userId, o.limit, ...valuesOf(o.filter), ...(o.position ?? [])];
  const rows = await read<Row>(database, statement, values.map(parameterOf));
  const tasks = rows.filter((row) => row.id !== null).map(fieldsOf);
  return { newest: BigInt(rows[0]?.newest ?? 0), tasks };
}

function valuesOf(f: ListFilter): unknown[] {
  const due = [f.dueFrom, f.dueUntil, f.hasDue];
  return [f.statuses, f.priorities, f.tags, ...due, f.subtaskOf, f.seriesId, f.inTrash, f.blocked];
}
