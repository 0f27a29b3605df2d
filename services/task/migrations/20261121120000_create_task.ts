import { Migration } from "@mikro-orm/migrations";
import { outboxTableSql } from "@todo/kit/event-tables";

/** Tasks, the counter and the feed of each user's changes, the answers to repeat, and the outbox. */
export class CreateTask extends Migration {
  override up(): void {
    this.addSql(outboxTableSql("task"));
    for (const sql of [...tables, ...functions, ...tenantTables.flatMap(wall)]) this.addSql(sql);
    this.addSql("grant select, insert, update on task.task, task.user_counter to todo_task");
    this.addSql("grant select, insert on task.feed, task.answer to todo_task");
  }
}

const tenantTables = ["task", "user_counter", "feed", "answer"];

/** The service's role sees and writes the rows of one user at a time. The tables' owner, whom functions run as, all. */
function wall(table: string): string[] {
  return [
    `alter table task.${table} enable row level security`,
    `create policy own on task.${table} to todo_task
       using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))`,
  ];
}

const tables = [
  // Room on each page lets most updates stay there, since they touch no index.
  `create table task.task (
    id uuid primary key,
    user_id uuid not null,
    stream_id uuid not null,
    series_id uuid,
    title text not null check (char_length(title) between 1 and 200),
    title_key text collate "C" not null,
    description text not null check (char_length(description) <= 10000),
    priority smallint not null check (priority between 1 and 4),
    tags text[] not null check (cardinality(tags) <= 20),
    due_kind text check (due_kind in ('all_day', 'floating', 'zoned')),
    due_at timestamptz check ((due_at is null) = (due_kind is null)),
    due_tzid text check ((due_tzid is not null) = (due_kind is not null and due_kind = 'zoned')),
    subtask_of uuid,
    status smallint not null check (status between 1 and 3),
    version integer not null check (version > 0),
    field_versions jsonb not null,
    user_seq bigint not null check (user_seq > 0),
    create_time timestamptz not null,
    update_time timestamptz not null,
    complete_time timestamptz check ((complete_time is not null) = (status = 2)),
    delete_time timestamptz,
    purge_time timestamptz check ((purge_time is null) = (delete_time is null))
  ) with (fillfactor = 85)`,
  // The two orders that people look at; all others sort what one user has. Row-level security lets an index answer only
  // what cannot leak: `case` counts as such and `coalesce` does not, nor does any operator of arrays, so tags have none.
  `create index task_priority on task.task
    (user_id, priority, (case when due_at is null then 'infinity' else due_at end), id)`,
  `create index task_due on task.task
    (user_id, (case when due_at is null then 'infinity' else due_at end), id)`,
  "create index task_subtask_of on task.task (user_id, subtask_of) where subtask_of is not null",
  // One row per user, changed at every write.
  `create table task.user_counter (
    user_id uuid primary key,
    seq bigint not null check (seq >= 0)
  ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`,
  `create table task.feed (
    user_id uuid,
    user_seq bigint,
    type text not null,
    task_id uuid not null,
    time timestamptz not null,
    changed_fields text[] not null,
    primary key (user_id, user_seq)
  )`,
  `create table task.answer (
    user_id uuid,
    method text,
    request_id text,
    request_hash bytea not null,
    response bytea not null,
    create_time timestamptz not null,
    primary key (user_id, method, request_id)
  )`,
  "create index answer_time on task.answer using brin (create_time)",
];

/** What has to look over the wall, and no more of it. */
const functions = [
  `create function task.task_exists_elsewhere(asking uuid, task_id uuid) returns boolean
    language sql stable security definer set search_path = '' as $body$
      select exists (select from task.task t where t.id = task_id and t.user_id <> asking)
    $body$`,
  `create function task.task_scan(after uuid, most integer) returns setof task.task
    language sql stable security definer set search_path = '' as $body$
      select * from task.task t
      where t.id > coalesce(after, '00000000-0000-0000-0000-000000000000') order by t.id limit most
    $body$`,
  `create function task.answer_sweep(before timestamptz, most integer) returns integer
    language sql volatile security definer set search_path = '' as $body$
      with gone as (
        delete from task.answer a where a.ctid = any (array(
          select o.ctid from task.answer o where o.create_time < before limit most
        )) returning 1
      )
      select count(*)::integer from gone
    $body$`,
  ...[
    "task_exists_elsewhere(uuid, uuid)",
    "task_scan(uuid, integer)",
    "answer_sweep(timestamptz, integer)",
  ].flatMap((signature) => [
    `revoke execute on function task.${signature} from public`,
    `grant execute on function task.${signature} to todo_task`,
  ]),
];
