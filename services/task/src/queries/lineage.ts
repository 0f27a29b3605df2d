import { fieldsOf, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import { Task } from "#src/domain/task.ts";
import { maxDepth } from "./parent.ts";

const statement: Statement = {
  name: "lineage",
  text: `
with ${me}
select ${selectTask("t")}
from me
cross join lateral (
  with recursive above as (
    select t.id, t.subtask_of, 1 as depth from task t where t.user_id = me.user_id and t.id = $2
    union all
    select t.id, t.subtask_of, a.depth + 1
    from above a join task t on t.user_id = me.user_id and t.id = a.subtask_of
    where a.depth < $3
  )
  select id, depth from above
) a
cross join lateral (select * from task where user_id = me.user_id and id = a.id offset 0) t
order by a.depth`,
};

/** A task and what it is a part of, and so on upwards, as far as parts may go. Empty: there is no such task. */
export async function lineage(database: Database, userId: string, id: string): Promise<Task[]> {
  const rows = await read<TaskRow>(database, statement, [userId, id, maxDepth]);
  return rows.map((row) => new Task(fieldsOf(row)));
}
