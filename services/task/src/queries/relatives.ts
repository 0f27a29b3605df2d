import { fieldsOf, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import { Task } from "#src/domain/task.ts";
import { commandTooLarge } from "#src/errors.ts";
import { maxChanges } from "#src/undo-token.ts";

/** How far up the tasks go that a task is a part of. */
const maxDepth = 32;

/** A task whose parts may share its fate. */
export interface Root {
  id: string;
  kind: "completed" | "deleted" | "restored";
  /** For `restored`: what the parts went into the trash with. */
  deletedWith: string;
}

/** Tasks that a command changes, and where to look for others that this concerns. */
export interface Look {
  changed: readonly string[];
  roots: readonly Root[];
  /** The tasks that they are, or were, a part of. */
  wholes: readonly string[];
  /** What they wait for. */
  dependencies: readonly string[];
}

/** The tasks that changes concern, as they are stored. */
export interface Relatives {
  /** Without those that the command changes. */
  tasks: readonly Task[];
  /** Of all that these tasks and the changed ones wait for: what is open. */
  open: ReadonlySet<string>;
}

const statement: Statement = {
  name: "relatives",
  text: `
with ${me}
select w.open, ${selectTask("t")}
from me
cross join lateral (
  with recursive root as (
    select r.* from unnest($3::uuid[], $4::text[], $5::uuid[]) as r (id, kind, deleted_with)
  ),
  part as (
    select id, kind, deleted_with from root
    union
    select t.id, p.kind, p.deleted_with
    from part p join task t on t.user_id = me.user_id and t.subtask_of = p.id
    where case p.kind
      when 'completed' then t.status = 1 and t.delete_time is null
      when 'deleted' then t.delete_time is null
      else t.deleted_with = p.deleted_with
    end
  ),
  whole as (
    select w.id, 1 as depth from unnest($6::uuid[]) as w (id)
    union
    select t.subtask_of, w.depth + 1
    from whole w join task t on t.user_id = me.user_id and t.id = w.id
    where t.subtask_of is not null and w.depth < $8
  ),
  touched as (
    select unnest($2::uuid[]) as id
    union (select id from part limit $9::integer)
    union (select id from whole limit $9::integer)
  ),
  related as (
    select id from touched
    union
    select d.id from task_dependents(me.user_id, array(select id from touched), $9::integer) as d (id)
  )
  select null::uuid as id
  union all
  (select id from related where id <> all ($2::uuid[]) limit $9::integer)
) r
left join lateral (select * from task where user_id = me.user_id and id = r.id offset 0) t on true
left join lateral (
  select array_agg(b.id) as open from task b
  where b.user_id = me.user_id and b.id = any (case when r.id is null then $7::uuid[] else t.depends_on end)
    and b.status = 1 and b.delete_time is null
) w on true`,
};

type Row = { open: string[] | null } & (TaskRow | { id: null });

/** Reads what changes concern, in one round trip. Throws COMMAND_TOO_LARGE. */
export async function relatives(database: Database, userId: string, look: Look): Promise<Relatives> {
  const { changed, roots, wholes, dependencies } = look;
  const rows = await read<Row>(database, statement, [
    ...[userId, changed, roots.map(({ id }) => id), roots.map(({ kind }) => kind)],
    ...[roots.map(({ deletedWith }) => deletedWith), wholes, dependencies, maxDepth, maxChanges + 1],
  ]);
  const tasks = rows.flatMap(taskOf);
  if (tasks.length > maxChanges) throw commandTooLarge(maxChanges);
  return { tasks, open: new Set(rows.flatMap(({ open }) => open ?? [])) };
}

function taskOf({ open: _, ...task }: Row): Task[] {
  return task.id === null ? [] : [new Task(fieldsOf(task))];
}
