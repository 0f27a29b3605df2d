import { type Database, me, read, type Statement } from "#src/database.ts";
import { dependenciesTooMany } from "#src/errors.ts";

/** How many tasks may have to be done before one, counted through all that they wait for in turn. */
const maxDependencies = 1_000;

const statement: Statement = {
  name: "dependencies",
  text: `
with ${me}
select d.id, d.depends_on as "dependsOn", d.in_trash as "inTrash"
from me
cross join lateral (
  with recursive dependency as (
    select t.id, t.depends_on, t.delete_time is not null as in_trash
    from task t where t.user_id = me.user_id and t.id = any ($2::uuid[])
    union
    select t.id, t.depends_on, t.delete_time is not null
    from dependency d
    cross join lateral unnest(d.depends_on) as next (id)
    join task t on t.user_id = me.user_id and t.id = next.id
  )
  select * from dependency limit $3
) d`,
};

/** A task that another one waits for, directly or not. */
export interface Dependency {
  id: string;
  dependsOn: string[];
  inTrash: boolean;
}

/** The tasks that the ids name, and all that those wait for, by their ids. Throws DEPENDENCIES_TOO_MANY. */
export async function waitedFor(
  database: Database,
  userId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Dependency>> {
  const rows = await read<Dependency>(database, statement, [userId, ids, maxDependencies + 1]);
  if (rows.length > maxDependencies) throw dependenciesTooMany(maxDependencies);
  return new Map(rows.map((row) => [row.id, row]));
}
