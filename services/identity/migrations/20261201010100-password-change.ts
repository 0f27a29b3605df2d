import { Migration } from "@mikro-orm/migrations";

/**
 * Another password ends every session of its user in the same transaction, but the one it was set from. Tokens stay and
 * are told apart by the time of it.
 */
export class PasswordChange extends Migration {
  override up(): void {
    this.addSql(`alter table identity.account add column password_time timestamptz(3)`);
    this.addSql(`
create function identity.password_changing() returns trigger language plpgsql set search_path = identity, pg_temp as $body$
begin
  new.password_time := clock_timestamp();
  -- A session that begins meanwhile waits for this, since its row refers to the user's.
  perform from "user" where "id" = new."userId" for update;
  delete from session where "userId" = new."userId"
    and "id" <> coalesce(current_setting('app.kept_session', true), '');
  return new;
end
$body$`);
    this.addSql(`create trigger password_changing before update on identity.account
      for each row when (old.password is distinct from new.password) execute function identity.password_changing()`);
  }
}
