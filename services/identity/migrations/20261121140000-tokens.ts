import { Migration } from "@mikro-orm/migrations";

/**
 * Personal access tokens. Nothing but this service reads them, so their rows are closed until a transaction says for
 * whom it works; the two questions across users have functions of their own. The role of the service
 * cannot even read the hashes.
 */
export class Tokens extends Migration {
  override up(): void {
    this.addSql(table);
    this.addSql(wall);
    this.addSql(announce);
    this.addSql(resolve);
    this.addSql(elsewhere);
  }
}

const table = `
create table identity.token (
  id uuid not null primary key,
  user_id text not null references identity."user" ("id") on delete cascade,
  name text not null check (char_length(name) between 1 and 100),
  hint text not null check (char_length(hint) = 4),
  hash bytea not null unique check (octet_length(hash) = 32),
  scopes text[] not null check (cardinality(scopes) between 1 and 32),
  create_time timestamptz(3) not null,
  expire_time timestamptz(3) not null check (expire_time > create_time),
  last_use_time timestamptz(3),
  revoke_time timestamptz(3),
  -- A token that could make tokens would outlive every revocation.
  check (array_to_string(scopes, ' ') !~ '(^| )tokens:')
);
create index token_user on identity.token (user_id, id);`;

const wall = `
grant select (id, user_id, name, hint, scopes, create_time, expire_time, last_use_time, revoke_time),
  insert, update (revoke_time), delete on identity.token to todo_identity;
alter table identity.token enable row level security;
create policy own_rows on identity.token to todo_identity
  using (user_id = (select nullif(current_setting('app.user_id', true), '')));`;

/** The events of tokens stand in the one order of all events of their user. */
const announce = `
create function identity.token_changed() returns trigger language plpgsql set search_path = identity, pg_temp as $body$
declare
  kind text := case when tg_op = 'INSERT' then 'TokenCreated' else 'TokenRevoked' end;
  next_seq bigint;
  about jsonb := jsonb_build_object('userId', new.user_id, 'tokenId', new.id,
    'time', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));
begin
  if tg_op = 'INSERT' then
    about := about || jsonb_build_object('scopes', to_jsonb(new.scopes),
      'expireTime', to_char(new.expire_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
  end if;
  update "user" set event_seq = event_seq + 1 where "id" = new.user_id returning event_seq into next_seq;
  perform outbox_event('todo.identity.v1.' || kind, 'user.events', new.user_id, new.user_id, new.id::text,
    new.user_id, next_seq, about, nullif(current_setting('app.traceparent', true), ''));
  return null;
end
$body$;
create trigger token_created after insert on identity.token
  for each row execute function identity.token_changed();
create trigger token_revoked after update on identity.token
  for each row when (old.revoke_time is null and new.revoke_time is not null)
  execute function identity.token_changed();`;

/** Whose a secret is. A use is noted once a minute, so that a busy token is no busy row. */
const resolve = `
create function identity.resolve_token(secret_hash bytea, at timestamptz)
returns table (user_id text, scopes text[], expire_time timestamptz, revoke_time timestamptz, zone text, locale text)
language sql security definer set search_path = identity, pg_temp as $body$
  with found as (
    select t.id, t.user_id, t.scopes, t.expire_time, t.revoke_time, u.zone, u.locale
    from token t join "user" u on u.id = t.user_id
    where t.hash = secret_hash
  ), used as (
    update token t set last_use_time = at from found f
    where t.id = f.id and f.revoke_time is null and f.expire_time > at
      and (t.last_use_time is null or t.last_use_time <= at - interval '1 minute')
  )
  select f.user_id, f.scopes, f.expire_time, f.revoke_time, f.zone, f.locale from found f
$body$;
revoke execute on function identity.resolve_token(bytea, timestamptz) from public;
grant execute on function identity.resolve_token(bytea, timestamptz) to todo_identity;`;

/** Whether somebody else has a token of that id, for the audit log alone: no caller ever hears it. */
const elsewhere = `
create function identity.token_exists_elsewhere(asking text, token_id uuid) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $body$
  select exists (select from token t where t.id = token_id and t.user_id <> asking)
$body$;
revoke execute on function identity.token_exists_elsewhere(text, uuid) from public;
grant execute on function identity.token_exists_elsewhere(text, uuid) to todo_identity;`;
