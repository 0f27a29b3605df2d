import { Migration } from "@mikro-orm/migrations";

/** Series, and what their tasks have of them. Each occurrence of a series exists once. */
export class CreateSeries extends Migration {
  override up(): void {
    for (const sql of [...columns, ...tables, ...indexes, ...wall, ...functions]) this.addSql(sql);
  }
}

const columns = [
  `alter table task.task
    add column recurrence_id text check (char_length(recurrence_id) <= 32),
    add column parent_task_id uuid,
    add column is_recurring boolean not null default false,
    add column rrule_pattern text check (char_length(rrule_pattern) <= 500),
    add column next_occurrence timestamptz,
    add column occurrence jsonb,
    add constraint task_in_series check ((series_id is null) = (recurrence_id is null))`,
];

const tables = [
  `create table task.series (
    id uuid primary key,
    user_id uuid not null,
    stream_id uuid not null,
    first_task_id uuid not null,
    rrule text not null check (char_length(rrule) between 1 and 500),
    dtstart text not null,
    tzid text not null check (char_length(tzid) between 1 and 64),
    anchor smallint not null check (anchor between 1 and 2),
    trigger smallint not null check (trigger between 1 and 2),
    missed smallint not null check (missed between 1 and 3),
    title text not null check (char_length(title) between 1 and 200),
    description text not null check (char_length(description) <= 10000),
    priority smallint not null check (priority between 1 and 4),
    tags text[] not null check (cardinality(tags) <= 20),
    due_kind text not null check (due_kind in ('all_day', 'floating', 'zoned')),
    state smallint not null check (state between 1 and 3),
    recurrence_id text not null check (char_length(recurrence_id) between 1 and 32),
    ordinal integer not null check (ordinal > 0),
    number integer not null check (number >= 0),
    skipped_count integer not null check (skipped_count >= 0),
    skipped jsonb not null,
    missed_at_end integer not null check (missed_at_end >= 0),
    version integer not null check (version > 0),
    basis_version integer not null check (basis_version between 1 and version),
    settings_version integer not null check (settings_version between 1 and version),
    create_time timestamptz not null,
    update_time timestamptz not null
  ) with (fillfactor = 85)`,
];

const indexes = [
  `create unique index task_occurrence on task.task (series_id, recurrence_id) where series_id is not null`,
  "create index series_user on task.series (user_id)",
];

const wall = [
  "alter table task.series enable row level security",
  `create policy own on task.series to todo_task
     using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))`,
  "grant select, insert, update on task.series to todo_task",
];

/** What has to look over the wall between users, and no more of it. */
const functions = [
  `create function task.series_exists_elsewhere(asking uuid, series_id uuid) returns boolean
    language sql stable security definer set search_path = '' as $body$
      select exists (select from task.series s where s.id = series_id and s.user_id <> asking)
    $body$`,
  "revoke execute on function task.series_exists_elsewhere(uuid, uuid) from public",
  "grant execute on function task.series_exists_elsewhere(uuid, uuid) to todo_task",
];
