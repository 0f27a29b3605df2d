import { Migration } from "@mikro-orm/migrations";

/**
 * What happens to a user becomes an event in the same transaction, whoever wrote the row: better-auth, the profile
 * service, or an operator by hand. `event_seq` counts the events of a user, so that their order is kept;
 * `app.traceparent` is the trace of the request, if there is one.
 */
export class UserEvents extends Migration {
  override up(): void {
    this.addSql(`alter table identity."user" add column event_seq bigint not null default 1`);
    this.addSql(announce);
    this.addSql(onCreate);
    this.addSql(onChange);
    this.addSql(onErase);
  }
}

const announce = `
create function identity.announce_user(type text, user_id text, event_seq bigint, data jsonb) returns void
language sql set search_path = identity, pg_temp as $body$
  select outbox_event('todo.identity.v1.' || type, 'user.events', user_id, user_id, user_id, user_id,
    event_seq, data || jsonb_build_object('userId', user_id,
      'time', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
    nullif(current_setting('app.traceparent', true), ''))
$body$;`;

const onCreate = `
create function identity.user_created() returns trigger language plpgsql set search_path = identity, pg_temp as $body$
begin
  perform announce_user('UserCreated', new.id, new.event_seq,
    jsonb_build_object('zone', new.zone, 'locale', new.locale));
  return null;
end
$body$;
create trigger user_created after insert on identity."user"
  for each row execute function identity.user_created();`;

const changed = `(old.name, old.email, old.zone, old.locale) is distinct from (new.name, new.email, new.zone, new.locale)`;

const onChange = `
create function identity.user_changing() returns trigger language plpgsql set search_path = identity, pg_temp as $body$
begin
  new.event_seq := old.event_seq + 1;
  return new;
end
$body$;
create function identity.user_changed() returns trigger language plpgsql set search_path = identity, pg_temp as $body$
begin
  perform announce_user('UserProfileChanged', new.id, new.event_seq,
    jsonb_build_object('zone', new.zone, 'locale', new.locale, 'changedFields', to_jsonb(array_remove(array[
      case when old.name is distinct from new.name then 'display_name' end,
      case when old.email is distinct from new.email then 'email' end,
      case when old.zone is distinct from new.zone then 'zone' end,
      case when old.locale is distinct from new.locale then 'locale' end], null))));
  return null;
end
$body$;
create trigger user_changing before update on identity."user"
  for each row when (${changed}) execute function identity.user_changing();
create trigger user_changed after update on identity."user"
  for each row when (${changed}) execute function identity.user_changed();`;

const onErase = `
create function identity.user_erased() returns trigger language plpgsql set search_path = identity, pg_temp as $body$
begin
  perform announce_user('UserErased', old.id, old.event_seq + 1, '{}');
  return null;
end
$body$;
create trigger user_erased after delete on identity."user"
  for each row execute function identity.user_erased();`;
