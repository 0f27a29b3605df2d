import { Migration } from "@mikro-orm/migrations";

/**
 * What is known of attempts to guess a password, by a keyed hash of what they have in common: the account, the address,
 * or both. A row of both belongs to a user who signed in from there before.
 */
export class Attempts extends Migration {
  override up(): void {
    this.addSql(table);
    this.addSql(`grant select, insert, update, delete on identity.attempt to todo_identity`);
  }
}

const table = `
create table identity.attempt (
  key bytea not null primary key check (octet_length(key) = 32),
  user_id text references identity."user" ("id") on delete cascade,
  failures integer not null check (failures >= 0),
  last_time timestamptz(3) not null,
  free_time timestamptz(3) not null,
  forget_time timestamptz(3) not null
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index attempt_forget on identity.attempt (forget_time);
create index attempt_user on identity.attempt (user_id) where user_id is not null;`;
