import { type Database, me, read, type Statement } from "#src/database.ts";

/** How deep parts of parts may go. */
export const maxDepth = 32;

const statement: Statement = {
  name: "parent",
  text: `
with ${me}
select up.ids, up.in_trash as "inTrash", up.complete
from me
left join lateral (
  with recursive ancestor as (
    select t.id, t.subtask_of, t.delete_time, 1 as depth from task t where t.user_id = me.user_id and t.id = $2
    union all
    select t.id, t.subtask_of, t.delete_time, a.depth + 1
    from ancestor a join task t on t.user_id = me.user_id and t.id = a.subtask_of
    where a.depth < $3
  )
  select array_agg(id) as ids, bool_or(depth = 1 and delete_time is not null) as in_trash,
    not bool_or(depth = $3 and subtask_of is not null) as complete
  from ancestor
) up on true`,
};

interface Row {
  /** The task and everything above it; null: there is no such task. */
  ids: string[] | null;
  inTrash: boolean | null;
  /** Whether the topmost task was reached; what is above it may have left the trash for good. */
  complete: boolean | null;
}

/** What a task is to another one that wants to become its part. `missing`: the user has no such task. */
export type Parent = "fit" | "inTrash" | "unfit" | "missing";

/**
 * Whether a task can hold another one: it exists, is not in the trash, does not lie beneath the other one, and is not
 * too deep already. `child` is `undefined` for a task that is about to be made.
 */
export async function checkParent(
  database: Database,
  userId: string,
  parentId: string,
  child: string | undefined,
): Promise<Parent> {
  const [row] = await read<Row>(database, statement, [userId, parentId, maxDepth]);
  if (!row?.ids) return "missing";
  const beneath = child !== undefined && row.ids.includes(child);
  if (beneath || !row.complete) return "unfit";
  return row.inTrash ? "inTrash" : "fit";
}
