import { fieldsOf, fieldsOfImage, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import { type Change, fieldsOfKind, Task } from "#src/domain/task.ts";
import { kindOf } from "#src/events.ts";
import type { Command } from "#src/undo-token.ts";

const statement: Statement = {
  name: "command",
  text: `
with ${me}
select f.type, f.task_id as "taskId", f.time, f.changed_fields as "changedFields", f.version as "made", f.before, ${selectTask("t")}
from me
cross join lateral (
  select * from feed where user_id = me.user_id and user_seq >= $2 and user_seq < $2::bigint + $3 offset 0
) f
left join lateral (select * from task where user_id = me.user_id and id = f.task_id offset 0) t on true
order by f.user_seq`,
};

type Row = {
  type: string;
  taskId: string;
  changedFields: string[];
  time: Date;
  /** Null for changes made before they were remembered whole. */
  made: number | null;
  before: Record<string, unknown> | null;
} & (TaskRow | { id: null });

/** A change that a command made. */
export interface Made {
  taskId: string;
  time: Date;
  /** `undefined`: what it did is not known any more. */
  change: Pick<Change, "kind" | "fields" | "version" | "before"> | undefined;
  /** The task as it is now; `undefined` if it was purged. */
  task: Task | undefined;
}

/** What a command of the user did, in its order. Changes that are forgotten are missing. */
export async function readCommand(
  database: Database,
  userId: string,
  { first, count }: Command,
): Promise<Made[]> {
  const rows = await read<Row>(database, statement, [userId, first, count]);
  return rows.map(({ type, taskId, changedFields, time, made, before, ...task }) => ({
    taskId,
    time,
    change: changeOf(kindOf(type), { changedFields, made, before }),
    task: task.id === null ? undefined : new Task(fieldsOf(task)),
  }));
}

function changeOf(
  kind: Change["kind"] | undefined,
  { changedFields, made, before }: Pick<Row, "changedFields" | "made" | "before">,
): Made["change"] {
  if (kind === undefined || made === null || before === null) return undefined;
  return { kind, fields: fieldsOfKind[kind] ?? changedFields, version: made, before: fieldsOfImage(before) };
}
