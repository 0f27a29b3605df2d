import { type Database, me, read, type Statement } from "#src/database.ts";
import type { Linked } from "#src/domain/deadlock.ts";
import { dependenciesTooMany } from "#src/errors.ts";

/** How many tasks are looked at: as many as a user has, unless the quota was raised. */
const maxWaiting = 10_000;

const statement: Statement = {
  name: "waiting",
  text: `
with ${me}
select w.id, w.subtask_of as "subtaskOf", w.depends_on as "dependsOn"
from me
cross join lateral (
  with recursive waiting as (
    select t.id, t.subtask_of, t.depends_on from task t where t.user_id = me.user_id and t.id = any ($2::uuid[])
    union
    select n.id, n.subtask_of, n.depends_on
    from waiting w
    cross join lateral (
      select w.subtask_of as id
      union all
      select d.id from task_dependents(me.user_id, array[w.id], $3) as d (id)
    ) up
    join task n on n.user_id = me.user_id and n.id = up.id
  )
  select * from waiting limit $3
) w`,
};

/**
 * The tasks that the ids name, and all that cannot be done before them: what waits for them, what they are a part of, and
 * so on. Throws DEPENDENCIES_TOO_MANY.
 */
export async function waitingFor(
  database: Database,
  userId: string,
  ids: readonly string[],
): Promise<Map<string, Linked>> {
  const rows = await read<Linked>(database, statement, [userId, ids, maxWaiting + 1]);
  if (rows.length > maxWaiting) throw dependenciesTooMany(maxWaiting);
  return new Map(rows.map((row) => [row.id, row]));
}
