import { Migration } from "@mikro-orm/migrations";

/** How many refusals of a user for one reason in one minute have entries, and how many wait to be counted by one. */
export class CountRefusals extends Migration {
  override up(): void {
    this.addSql(`
      create table audit.refusal_minute (
        user_id uuid not null,
        type text not null,
        reason text not null,
        minute timestamptz not null,
        recorded integer not null default 0,
        held bigint not null default 0,
        method text not null default '',
        first_time timestamptz(3) not null,
        last_time timestamptz(3) not null,
        due_time timestamptz(3),
        change_time timestamptz(3) not null,
        check ((due_time is null) = (held = 0)),
        primary key (user_id, type, reason, minute)
      )`);
    this.addSql(
      "create index refusal_minute_due on audit.refusal_minute (due_time) where due_time is not null",
    );
    this.addSql("create index refusal_minute_change on audit.refusal_minute (change_time)");
    this.addSql("grant select, insert, update, delete on audit.refusal_minute to todo_audit");
  }
}
