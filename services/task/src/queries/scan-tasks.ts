import { fieldsOf, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, read, type Statement } from "#src/database.ts";
import type { TaskFields } from "#src/domain/task.ts";

const statement: Statement = {
  name: "scan-tasks",
  text: `select ${selectTask("t")} from task_scan($1, $2) t order by t.id`,
};

/** Tasks of all users behind an id, in the order of their ids. `null`: from the beginning. */
export async function scanTasks(
  database: Database,
  after: string | null,
  limit: number,
): Promise<TaskFields[]> {
  const rows = await read<TaskRow>(database, statement, [after, limit]);
  return rows.map(fieldsOf);
}
