import { fieldsOf, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import { Task } from "#src/domain/task.ts";

const statement: Statement = {
  name: "parts",
  text: `
with ${me}
select ${selectTask("t")} from me
cross join lateral (
  with recursive part as (
    select p.id, 1 as depth from task p
    where p.user_id = me.user_id and p.subtask_of = $2 and p.series_id is null
      and (p.delete_time is null or p.deleted_with = $2)
    union
    select p.id, part.depth + 1
    from part join task p on p.user_id = me.user_id and p.subtask_of = part.id
    where p.series_id is null and (p.delete_time is null or p.deleted_with = $2)
  )
  select id, depth from part order by depth, id limit $3
) p
cross join lateral (select * from task where user_id = me.user_id and id = p.id offset 0) t
order by p.depth, t.id`,
};

/**
 * The parts of a task and the parts of those, each behind what it is a part of, but for those that repeat themselves. Of
 * one in the trash: those that went there with it.
 */
export async function readParts(
  database: Database,
  userId: string,
  o: { taskId: string; limit: number },
): Promise<Task[]> {
  const rows = await read<TaskRow>(database, statement, [userId, o.taskId, o.limit]);
  return rows.map((row) => new Task(fieldsOf(row)));
}
