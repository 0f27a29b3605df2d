import { fieldsOf, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import { isOccurrence, type OccurrenceTask } from "#src/domain/occurrence.ts";
import { SeriesState } from "#src/domain/series.ts";
import { Task } from "#src/domain/task.ts";

/** Whether a task repeats by itself. One whose series the user ended does not. */
const repeats = `p.series_id is not null and (p.is_recurring or not exists (
  select from series s where s.user_id = p.user_id and s.id = p.series_id and s.state = ${SeriesState.ended}
))`;

const statement: Statement = {
  name: "parts",
  text: `
with ${me}
select p.repeats, ${selectTask("t")}, exists (
  select from task h where h.user_id = me.user_id and h.subtask_of = t.id and h.series_id is not null
) as holds
from me
cross join lateral (
  with recursive part as (
    select p.id, p.status, ${repeats} as repeats, 1 as depth from task p
    where p.user_id = me.user_id and p.subtask_of = $2 and (p.delete_time is null or p.deleted_with = $2)
    union
    select p.id, p.status, ${repeats}, part.depth + 1
    from part join task p on p.user_id = me.user_id and p.subtask_of = part.id
    where not part.repeats and (p.delete_time is null or p.deleted_with = $2)
  )
  select id, repeats, depth from part where status = 1 or not repeats order by depth, id limit $3
) p
cross join lateral (select * from task where user_id = me.user_id and id = p.id offset 0) t
order by p.depth, t.id`,
};

type Row = TaskRow & { repeats: boolean; holds: boolean };

/** The parts of a task and the parts of those. */
export interface Parts {
  /** Each behind what it is a part of, but for those that repeat by themselves. */
  own: readonly Task[];
  /** What is open of those. Their own parts belong to them. */
  repeating: readonly OccurrenceTask[];
  /** The ids of those of `own` of which a part repeats, or did. */
  holding: ReadonlySet<string>;
}

export const noParts: Parts = { own: [], repeating: [], holding: new Set() };

/** The parts of a task. Of one in the trash: those that went there with it. */
export async function readParts(
  database: Database,
  userId: string,
  o: { taskId: string; limit: number },
): Promise<Parts> {
  const rows = await read<Row>(database, statement, [userId, o.taskId, o.limit]);
  const parts = rows.map(({ repeats: repeating, holds, ...row }) => ({
    ...{ repeating, holds },
    task: new Task(fieldsOf(row)),
  }));
  const own = parts.filter(({ repeating }) => !repeating);
  return {
    own: own.map(({ task }) => task),
    repeating: parts.flatMap(({ repeating, task }) => (repeating && isOccurrence(task) ? [task] : [])),
    holding: new Set(own.flatMap(({ holds, task }) => (holds ? [task.id] : []))),
  };
}
