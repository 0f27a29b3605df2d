import { Migration } from "@mikro-orm/migrations";

/**
 * Whoever ends a session, and however, it is told. Not of one that had expired, nor where its user is gone, of which
 * UserErased tells.
 */
export class EndedSessions extends Migration {
  override up(): void {
    this.addSql(announce);
  }
}

const announce = `
create function identity.session_ended() returns trigger language plpgsql set search_path = identity, pg_temp as $body$
declare
  next_seq bigint;
begin
  update "user" set event_seq = event_seq + 1 where "id" = old."userId" returning event_seq into next_seq;
  if found then
    perform outbox_event('todo.identity.v1.SessionEnded', 'user.events', old."userId", old."userId", old."id"::text,
      old."userId", next_seq, jsonb_build_object('userId', old."userId", 'sessionId', old."id",
        'time', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
      nullif(current_setting('app.traceparent', true), ''));
  end if;
  return null;
end
$body$;
create trigger session_ended after delete on identity.session
  for each row when (old."expiresAt" > clock_timestamp()) execute function identity.session_ended();`;
