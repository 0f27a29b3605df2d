import { Migration } from "@mikro-orm/migrations";
import { inboxTableSql, outboxTableSql, parkedTableSql } from "@todo/kit/event-tables";

/** What recurrence knows of each series, and the advances that task has not heard of yet. */
export class CreateRecurrence extends Migration {
  override up(): void {
    this.addSql(outboxTableSql("recurrence"));
    this.addSql(inboxTableSql("recurrence"));
    this.addSql(parkedTableSql("recurrence"));
    for (const sql of [...tables, ...walls, ...functions]) this.addSql(sql);
  }
}

const tables = [
  `create table recurrence.series_state (
    series_id uuid primary key,
    user_id uuid not null,
    version bigint not null check (version > 0),
    active boolean not null,
    plan jsonb not null,
    -- What is known of the occurrence that was made last, and of which version of the series. No how: it is open.
    fact_version bigint,
    done_how text check (done_how in ('completed', 'skipped')),
    done_time timestamptz,
    wake_at timestamptz,
    -- The version of the time zones by which wake_at was computed.
    tzdata text not null,
    check ((done_how is null) = (done_time is null)),
    check (done_how is null or fact_version is not null)
  )`,
  "create index series_state_wake on recurrence.series_state (wake_at) where wake_at is not null",
  "create index series_state_user on recurrence.series_state (user_id)",
  `create table recurrence.pending_advance (
    series_id uuid primary key,
    user_id uuid not null,
    version bigint not null,
    request jsonb not null,
    -- The trace of what caused it.
    traceparent text,
    create_time timestamptz not null,
    due_time timestamptz not null,
    lease uuid,
    refusals integer not null default 0,
    park_time timestamptz
  )`,
  "create index pending_advance_due on recurrence.pending_advance (due_time) where park_time is null",
  "create index pending_advance_user on recurrence.pending_advance (user_id)",
  // Events of a user's series may come after the one that says that the user is gone.
  `create table recurrence.erased_user (
    user_id uuid primary key,
    erase_time timestamptz not null
  )`,
  "grant select, insert, delete on recurrence.erased_user to todo_recurrence",
];

const walls = ["series_state", "pending_advance"].flatMap((table) => [
  `alter table recurrence.${table} enable row level security`,
  `create policy own on recurrence.${table} to todo_recurrence
    using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))`,
  `grant select, insert, update, delete on recurrence.${table} to todo_recurrence`,
]);

/** What has to look over the wall between users. */
const functions = [
  // The rows stay locked until the transaction ends, and whoever comes meanwhile passes over them.
  `create function recurrence.next_to_wake(at timestamptz) returns table (series_id uuid, user_id uuid)
    language sql volatile security definer set search_path = '' as $body$
      select s.series_id, s.user_id from recurrence.series_state s
      where s.wake_at <= at order by s.wake_at limit 1 for update skip locked
    $body$`,
  `create function recurrence.next_of_older_zones(current text) returns table (series_id uuid, user_id uuid)
    language sql volatile security definer set search_path = '' as $body$
      select s.series_id, s.user_id from recurrence.series_state s
      where s.wake_at is not null and s.tzdata collate "C" < current collate "C"
      order by s.wake_at limit 1 for update skip locked
    $body$`,
  `create function recurrence.put_off_wake(series uuid, until timestamptz) returns void
    language sql volatile security definer set search_path = '' as $body$
      update recurrence.series_state set wake_at = until where series_id = series and wake_at < until
    $body$`,
  `create function recurrence.claim_advance(at timestamptz, until timestamptz, claim uuid)
    returns table (
      series_id uuid, user_id uuid, request jsonb, traceparent text, create_time timestamptz, refusals integer)
    language sql volatile security definer set search_path = '' as $body$
      update recurrence.pending_advance p set due_time = until, lease = claim
      where p.series_id = (
        select o.series_id from recurrence.pending_advance o
        where o.due_time <= at and o.park_time is null
        order by o.due_time limit 1 for update skip locked
      )
      returning p.series_id, p.user_id, p.request, p.traceparent, p.create_time, p.refusals
    $body$`,
  `create function recurrence.finish_advance(series uuid, claim uuid) returns void
    language sql volatile security definer set search_path = '' as $body$
      delete from recurrence.pending_advance where series_id = series and lease = claim
    $body$`,
  `create function recurrence.put_off_advance(
    series uuid, claim uuid, until timestamptz, refused integer, parked_at timestamptz) returns void
    language sql volatile security definer set search_path = '' as $body$
      update recurrence.pending_advance
      set due_time = until, lease = null, refusals = refusals + refused, park_time = parked_at
      where series_id = series and lease = claim
    $body$`,
  `create function recurrence.resume_advances(at timestamptz) returns bigint
    language sql volatile security definer set search_path = '' as $body$
      with resumed as (
        update recurrence.pending_advance
        set park_time = null, refusals = 0, create_time = at, due_time = at
        where park_time is not null returning 1
      )
      select count(*) from resumed
    $body$`,
  ...[
    "next_to_wake(timestamptz)",
    "next_of_older_zones(text)",
    "put_off_wake(uuid, timestamptz)",
    "claim_advance(timestamptz, timestamptz, uuid)",
    "finish_advance(uuid, uuid)",
    "put_off_advance(uuid, uuid, timestamptz, integer, timestamptz)",
    "resume_advances(timestamptz)",
  ].flatMap((signature) => [
    `revoke execute on function recurrence.${signature} from public`,
    `grant execute on function recurrence.${signature} to todo_recurrence`,
  ]),
];
