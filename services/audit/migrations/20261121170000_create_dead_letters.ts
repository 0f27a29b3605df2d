import { Migration } from "@mikro-orm/migrations";

/** What operators look through: the dead letters of all consumers, without the events themselves. */
export class CreateDeadLetters extends Migration {
  override up(): void {
    this.addSql(`
      create table audit.dead_letter (
        seq bigint generated always as identity primary key,
        id text not null unique,
        source text not null,
        consumer text not null,
        topic text not null,
        partition integer not null,
        record_offset bigint not null,
        key text not null,
        event_id text not null,
        type text not null,
        reason text not null,
        error_class text not null,
        attempts integer not null,
        user_id text not null,
        first_failed_at timestamptz(3) not null,
        recorded_at timestamptz(3) not null
      )`);
    this.addSql("create index dead_letter_event on audit.dead_letter (event_id)");
    this.addSql("create index dead_letter_recorded on audit.dead_letter using brin (recorded_at)");
    this.addSql("grant select, insert, delete on audit.dead_letter to todo_audit");
  }
}
