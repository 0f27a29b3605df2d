import { fieldsOf, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import type { TaskFields } from "#src/domain/task.ts";

const statement: Statement = {
  name: "get-task",
  text: `
with ${me}
select ${selectTask("t")} from me
cross join lateral (select * from task where user_id = me.user_id and id = $2 offset 0) t`,
};

/** A task of the user; `undefined` if the user has no such task. */
export async function getTask(
  database: Database,
  userId: string,
  id: string,
): Promise<TaskFields | undefined> {
  const [row] = await read<TaskRow>(database, statement, [userId, id]);
  return row && fieldsOf(row);
}
