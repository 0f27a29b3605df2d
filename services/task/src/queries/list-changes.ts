import { fieldsOf, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import type { TaskFields } from "#src/domain/task.ts";

const statement: Statement = {
  name: "list-changes",
  text: `
with ${me}
select coalesce(c.seq, 0) as newest, f.user_seq as "seq", f.type, f.task_id as "taskId", f.time,
  f.changed_fields as "changedFields", case when f.task_id is null then f.after end as "sweep", ${selectTask("t")}
from me
left join lateral (select seq from user_counter where user_id = me.user_id offset 0) c on true
left join lateral (
  select * from feed where user_id = me.user_id and user_seq > $2 order by user_seq limit $3
) f on true
left join lateral (select * from task where user_id = me.user_id and id = f.task_id offset 0) t on true
order by f.user_seq`,
};

type Row = { newest: string } & (
  | { seq: null }
  | (Omit<FeedEntry, "userSeq" | "task"> & { seq: string } & (TaskRow | { id: null }))
);

/** A change, and the task as it is now; `undefined` if it is gone. */
export interface FeedEntry {
  userSeq: bigint;
  type: string;
  /** Null for a change of many tasks at once. */
  taskId: string | null;
  time: Date;
  changedFields: string[];
  /** What a change of many tasks did. */
  sweep: { name: string; newName: string } | null;
  task: TaskFields | undefined;
}

/** The user's changes behind a cursor, oldest first, and the number of the newest one there is. */
export async function listChanges(
  database: Database,
  userId: string,
  cursor: bigint,
  limit: number,
): Promise<{ newest: bigint; entries: FeedEntry[] }> {
  const rows = await read<Row>(database, statement, [userId, cursor, limit]);
  return { newest: BigInt(rows[0]?.newest ?? 0), entries: rows.flatMap(entryOf) };
}

function entryOf(row: Row): FeedEntry[] {
  if (row.seq === null) return [];
  const { newest: _, seq, type, taskId, time, changedFields, sweep, ...task } = row;
  return [
    {
      userSeq: BigInt(seq),
      type,
      taskId,
      time,
      changedFields,
      sweep,
      task: task.id === null ? undefined : fieldsOf(task),
    },
  ];
}
