import pg from "pg";

const quoted = pg.escapeIdentifier;

/** The role of a schema's service, as the process contract names it. */
export function roleOf(schema: string): string {
  return `todo_${schema}`;
}

/**
 * The outbox: a small hot table whose rows are deleted once the broker has them. `stream_id` is what order and parking
 * go by; `shard` (0..63) is what relays share out among themselves; within a stream rows go by `(position, seq)`.
 *
 * `outbox_event` records an event from a trigger, with the envelope that `record` makes (cloud-event.ts).
 * Released text: never edited, a change is a new function.
 */
export function outboxTableSql(schema: string, role: string = roleOf(schema)): string {
  const [s, r, source] = [quoted(schema), quoted(role), pg.escapeLiteral(`/services/${schema}`)];
  return `
create table ${s}.outbox (
  seq bigint generated always as identity primary key,
  id uuid not null,
  stream_id text not null,
  shard smallint not null generated always as ((hashtext(stream_id) & 63)::smallint) stored,
  position bigint not null,
  topic text not null,
  key text not null,
  value bytea,
  headers jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  attempts integer not null default 0,
  parked_at timestamptz,
  park_reason text
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000);
create index outbox_stream on ${s}.outbox (stream_id, position, seq);
create index outbox_parked on ${s}.outbox (stream_id) where parked_at is not null;
grant select, insert, update, delete on ${s}.outbox to ${r};

create function ${s}.outbox_event(
  type text, topic text, key text, stream_id text, subject text, user_id text, "position" bigint, data jsonb,
  traceparent text default null
) returns uuid language plpgsql set search_path = ${s}, pg_temp as $body$
declare
  event_id uuid := uuidv7();
  event_time text := to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
  envelope jsonb := jsonb_strip_nulls(jsonb_build_object(
    'specversion', '1.0', 'id', event_id, 'source', ${source}, 'type', type, 'subject', subject,
    'time', event_time, 'datacontenttype', 'application/json', 'dataschema', 'urn:proto:' || type,
    'userid', nullif(user_id, ''), 'sequence', "position"::text, 'traceparent', traceparent))
    || jsonb_build_object('data', data);
begin
  insert into outbox (id, stream_id, "position", topic, key, value, headers)
  values (event_id, stream_id, "position", topic, key, convert_to(envelope::text, 'UTF8'), jsonb_build_object(
    'content-type', 'application/cloudevents+json', 'ce_id', event_id, 'ce_type', type,
    'ce_source', ${source}, 'ce_subject', subject, 'ce_time', event_time));
  return event_id;
end
$body$;
revoke execute on function ${s}.outbox_event(text, text, text, text, text, text, bigint, jsonb, text) from public;
grant execute on function ${s}.outbox_event(text, text, text, text, text, text, bigint, jsonb, text) to ${r};
`;
}

/**
 * What a consumer has taken: `inbox` one row per event, for effects; `applied` the newest version per thing, for
 * projections. Released text: never edited, a change is a new function.
 */
export function inboxTableSql(schema: string, role: string = roleOf(schema)): string {
  const [s, r] = [quoted(schema), quoted(role)];
  return `
create table ${s}.inbox (
  consumer text not null,
  event_id text not null,
  received_at timestamptz not null default now(),
  primary key (consumer, event_id)
);
create index inbox_received on ${s}.inbox using brin (received_at);
create table ${s}.applied (
  consumer text not null,
  id text not null,
  version bigint not null,
  primary key (consumer, id)
);
grant select, insert, delete on ${s}.inbox to ${r};
grant select, insert, update, delete on ${s}.applied to ${r};
`;
}

/**
 * The events that a consumer could not take, and those of the same key that came after them, in the order in which they
 * came. Released text: never edited, a change is a new function.
 */
export function parkedTableSql(schema: string, role: string = roleOf(schema)): string {
  const [s, r] = [quoted(schema), quoted(role)];
  return `
create table ${s}.parked (
  seq bigint generated always as identity primary key,
  consumer text not null,
  topic text not null,
  key text not null,
  event_id text not null,
  type text not null,
  partition integer not null,
  record_offset bigint not null,
  headers jsonb not null,
  original bytea,
  reason text not null,
  error_class text not null,
  attempts integer not null,
  first_failed_at timestamptz,
  parked_at timestamptz not null default now(),
  unique (consumer, topic, event_id)
);
create index parked_key on ${s}.parked (consumer, topic, key, seq);
grant select, insert, update, delete on ${s}.parked to ${r};
`;
}
