import { Migration } from "@mikro-orm/migrations";

/**
 * What the tags of tasks were before a renaming, in rows of their own: as many as there are tasks. Whoever takes a
 * renaming back keeps such rows too, so that it can be done again.
 */
export class KeepTagImages extends Migration {
  override up(): void {
    for (const sql of [...table, ...wall, ...functions, ...formerly]) this.addSql(sql);
  }
}

const table = [
  `create table task.tag_image (
    user_id uuid,
    user_seq bigint,
    task_id uuid,
    version integer not null check (version > 0),
    tags text[] not null check (cardinality(tags) <= 20),
    time timestamptz not null,
    primary key (user_id, user_seq, task_id)
  )`,
  "create index tag_image_time on task.tag_image using brin (time)",
];

const wall = [
  "alter table task.tag_image enable row level security",
  `create policy own on task.tag_image to todo_task
     using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))`,
  "grant select, insert on task.tag_image to todo_task",
];

/** A purge forgets the images too, and what is too old to be taken back goes. */
const functions = [
  `create or replace function task.task_purge(owner uuid, ids uuid[], due timestamptz) returns setof task.task
    language sql volatile security definer set search_path = '' as $body$
      with purged as (
        delete from task.task t where t.user_id = owner and t.id = any (ids) and t.purge_time <= due returning t.*
      ),
      forgotten as (
        update task.feed f set before = null, after = null from purged
        where f.user_id = owner and f.task_id = purged.id
      ),
      unkept as (
        delete from task.tag_image i using purged where i.user_id = owner and i.task_id = purged.id
      )
      select * from purged order by id
    $body$`,
  `create function task.tag_image_sweep(older_than timestamptz, most integer) returns integer
    language sql volatile security definer set search_path = '' as $body$
      with gone as (
        delete from task.tag_image i where i.ctid = any (array(
          select o.ctid from task.tag_image o where o.time < older_than limit most
        )) returning 1
      )
      select count(*)::integer from gone
    $body$`,
  "revoke execute on function task.tag_image_sweep(timestamptz, integer) from public",
  "grant execute on function task.tag_image_sweep(timestamptz, integer) to todo_task",
];

/** Where they were kept before, for the few renamings that could be taken back. */
const formerly = [
  "update task.feed set before = '{}' where task_id is null and type = 'todo.task.v1.TagRenamed'",
];
