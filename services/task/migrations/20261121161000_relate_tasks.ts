import { Migration } from "@mikro-orm/migrations";

/** What a task waits for, what is counted of its parts, and with what it went into the trash. */
export class RelateTasks extends Migration {
  override up(): void {
    for (const sql of [...columns, ...indexes, ...functions]) this.addSql(sql);
  }
}

const columns = [
  `alter table task.task
    add column depends_on uuid[] not null default '{}' check (cardinality(depends_on) <= 20),
    add column complete_with_subtasks boolean not null default false,
    add column blocked boolean not null default false,
    add column subtask_count integer not null default 0 check (subtask_count >= 0),
    add column completed_subtask_count integer not null default 0
      check (completed_subtask_count between 0 and subtask_count),
    add column deleted_with uuid check (deleted_with is null or delete_time is not null)`,
  `update task.task t set subtask_count = c.parts, completed_subtask_count = c.done
    from (
      select user_id, subtask_of, count(*) as parts, count(*) filter (where status <> 1) as done
      from task.task where subtask_of is not null and delete_time is null group by user_id, subtask_of
    ) c
    where t.user_id = c.user_id and t.id = c.subtask_of`,
];

const indexes = [
  // Most tasks wait for nothing, and stay out of it. Without a pending list every look finds its way at once.
  `create index task_depends_on on task.task using gin (depends_on) with (fastupdate = off)
    where depends_on <> '{}'`,
];

/**
 * Operators of arrays may leak, so row-level security keeps them from the index. Here the user is a condition instead.
 * Left to itself, the database plans such a condition anew at each call, which takes five times as long as the look.
 */
const functions = [
  `create function task.task_dependents(owner uuid, ids uuid[], most integer) returns setof uuid
    language sql stable strict security definer set search_path = '' set plan_cache_mode = force_generic_plan as $body$
      select t.id from task.task t
      where t.user_id = owner and t.depends_on && ids and t.depends_on <> '{}' limit most
    $body$`,
  `create function task.task_is_waited_for(owner uuid, task_id uuid) returns boolean
    language sql stable strict security definer set search_path = '' set plan_cache_mode = force_generic_plan as $body$
      select exists (
        select from task.task t
        where t.user_id = owner and t.depends_on @> array[task_id] and t.depends_on <> '{}'
      )
    $body$`,
  ...["task_dependents(uuid, uuid[], integer)", "task_is_waited_for(uuid, uuid)"].flatMap((signature) => [
    `revoke execute on function task.${signature} from public`,
    `grant execute on function task.${signature} to todo_task`,
  ]),
];
