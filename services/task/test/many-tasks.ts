import { type Bed, createTask } from "./fixture.ts";

/** Puts tasks into the tables that are like one that is made first, as if they had been made one by one. */
export async function manyTasks(
  bed: Bed,
  userId: string,
  { count, ...like }: { count: number; tags?: string[]; title?: string; subtaskOf?: string },
): Promise<void> {
  const { id } = await createTask(bed.as(userId), like);
  const { rows } = await bed.admin.query(
    `select column_name as name from information_schema.columns
     where table_schema = 'task' and table_name = 'task' and column_name not in ('id', 'stream_id')`,
  );
  const names = rows.map(({ name }) => name).join(", ");
  await bed.admin.query(
    `insert into task.task (id, stream_id, ${names})
     select made.id, made.id, ${names} from task.task like_it,
       lateral (select uuidv7() as id from generate_series(2, $2::integer) offset 0) made
     where like_it.id = $1`,
    [id, count],
  );
  await bed.admin.query(
    `update task.task t set subtask_count = (
       select count(*) from task.task p where p.subtask_of = t.id
     ) where t.id = $1`,
    [like.subtaskOf ?? null],
  );
}
