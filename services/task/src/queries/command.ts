import { fieldsOf, fieldsOfImage, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import { isDerived } from "#src/domain/derived.ts";
import { fieldsOfKind, type Revertible, Task } from "#src/domain/task.ts";
import { kindOf } from "#src/events.ts";
import type { SeriesImage } from "#src/series/fact.ts";
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
  taskId: string | null;
  changedFields: string[];
  time: Date;
  /** Null for changes made before they were remembered whole. */
  made: number | null;
  before: Record<string, unknown> | null;
} & (TaskRow | { id: null });

/** A change of one task that a command made. */
export interface Made {
  taskId: string;
  change: Revertible;
  /** What it did to a series. */
  series: SeriesImage | undefined;
  /** The task as it is now; `undefined` if it was purged. */
  task: Task | undefined;
}

/**
 * What a command of the user did, in its order, but for what followed from it; `undefined` if it is not known whole, or
 * was done before `since`.
 */
export async function readCommand(
  database: Database,
  o: { userId: string; command: Command; since: Date },
): Promise<Made[] | undefined> {
  const { first, count } = o.command;
  const rows = await read<Row>(database, statement, [o.userId, first, count]);
  if (rows.length < count || rows.some(({ time }) => time < o.since)) return undefined;
  const made = rows.map(madeBy);
  return made.includes(undefined) ? undefined : made.flatMap((changes) => changes ?? []);
}

function madeBy({ type, taskId, changedFields, time: _, made, before, ...task }: Row): Made[] | undefined {
  const kind = kindOf(type);
  if (taskId === null || kind === undefined || kind === "purged") return undefined;
  if (isDerived(kind)) return [];
  if (made === null || before === null) return undefined;
  const fields = fieldsOfKind[kind] ?? changedFields;
  const { series, templates: _templates, ...own } = before;
  const change = { kind, fields, version: made, before: fieldsOfImage(own) };
  const image = series as SeriesImage | undefined;
  return [{ taskId, change, series: image, task: task.id === null ? undefined : new Task(fieldsOf(task)) }];
}
