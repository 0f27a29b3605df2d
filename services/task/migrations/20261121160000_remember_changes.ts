import { Migration } from "@mikro-orm/migrations";

/**
 * The feed knows who made a change and what was there before, so that it can be shown and taken back; also changes of
 * many tasks at once. The counter knows how many tasks its user has.
 */
export class RememberChanges extends Migration {
  override up(): void {
    this.addSql(`alter table task.feed
      add column version integer,
      add column actor text check (actor in ('person', 'agent', 'service')),
      add column app text,
      add column request_id text,
      add column trace_id text,
      add column before jsonb,
      add column after jsonb`);
    this.addSql("alter table task.feed alter column task_id drop not null");
    this.addSql("alter table task.user_counter add column task_count integer not null default 0");
    this.addSql(`update task.user_counter c
      set task_count = (select count(*) from task.task t where t.user_id = c.user_id)`);
    this.addSql("create index feed_task on task.feed (user_id, task_id, user_seq)");
    this.addSql("create index feed_time on task.feed using brin (time)");
    this.addSql("create index task_purge_time on task.task (purge_time) where purge_time is not null");
    for (const sql of functions) this.addSql(sql);
  }
}

/** What has to look over the wall between users, and no more of it. */
const functions = [
  `create function task.task_purgeable(due timestamptz, most integer)
    returns table (user_id uuid, task_ids uuid[])
    language sql stable security definer set search_path = '' as $body$
      select d.user_id, array_agg(d.id) from (
        select t.user_id, t.id from task.task t
        where t.purge_time <= due and not exists (
          select from task.user_counter c where c.user_id = t.user_id and c.erase_time is not null
        ) order by t.purge_time limit most
      ) d group by d.user_id
    $body$`,
  // Deletes what is still to be purged, and forgets what the feed knows of its content.
  `create function task.task_purge(owner uuid, ids uuid[], due timestamptz) returns setof task.task
    language sql volatile security definer set search_path = '' as $body$
      with purged as (
        delete from task.task t where t.user_id = owner and t.id = any (ids) and t.purge_time <= due returning t.*
      ),
      forgotten as (
        update task.feed f set before = null, after = null from purged
        where f.user_id = owner and f.task_id = purged.id
      )
      select * from purged order by id
    $body$`,
  `create function task.feed_sweep(older_than timestamptz, most integer) returns integer
    language sql volatile security definer set search_path = '' as $body$
      with gone as (
        delete from task.feed f where f.ctid = any (array(
          select o.ctid from task.feed o where o.time < older_than limit most
        )) returning 1
      )
      select count(*)::integer from gone
    $body$`,
  ...[
    "task_purgeable(timestamptz, integer)",
    "task_purge(uuid, uuid[], timestamptz)",
    "feed_sweep(timestamptz, integer)",
  ].flatMap((signature) => [
    `revoke execute on function task.${signature} from public`,
    `grant execute on function task.${signature} to todo_task`,
  ]),
];
