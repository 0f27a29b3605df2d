import { Migration } from "@mikro-orm/migrations";
import { inboxTableSql, outboxTableSql, parkedTableSql } from "@todo/kit/event-tables";

/** The log: entries, the head of each user's chain, and each user's key. */
export class CreateAudit extends Migration {
  override up(): void {
    this.addSql(outboxTableSql("audit"));
    this.addSql(inboxTableSql("audit"));
    this.addSql(parkedTableSql("audit"));
    this.addSql(`
      -- Times keep whole milliseconds, since the chain covers no finer ones.
      create table audit.entry (
        user_id uuid not null,
        number bigint not null check (number > 0),
        event_id text not null,
        type text not null,
        source text not null,
        subject text not null,
        event_time timestamptz(3) not null,
        record_time timestamptz(3) not null,
        trace_id text not null,
        fields text[] not null,
        sealed bytea not null,
        hash bytea not null check (octet_length(hash) = 32),
        primary key (user_id, number)
      )`);
    this.addSql("create unique index entry_event on audit.entry (event_id, source)");
    this.addSql("create index entry_subject on audit.entry (user_id, subject, number)");
    this.addSql("create index entry_type on audit.entry (user_id, type, number)");
    this.addSql(`
      create table audit.chain_head (
        user_id uuid primary key,
        number bigint not null check (number >= 0),
        hash bytea not null check (octet_length(hash) = 32)
      )`);
    this.addSql(`
      -- A destroyed key leaves its row, so that no new key is made for an erased user.
      create table audit.user_key (
        user_id uuid primary key,
        wrapped bytea,
        create_time timestamptz(3) not null,
        destroy_time timestamptz(3),
        check ((wrapped is null) = (destroy_time is not null))
      )`);
    for (const table of ["entry", "chain_head", "user_key"]) {
      this.addSql(`alter table audit.${table} enable row level security`);
      this.addSql(`
        create policy own on audit.${table} to todo_audit
          using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))`);
      this.addSql(`revoke all on audit.${table} from public, todo_audit`);
    }
    this.addSql("grant select, insert on audit.entry to todo_audit");
    this.addSql("grant select, insert, update (number, hash) on audit.chain_head to todo_audit");
    this.addSql("grant select, insert, update (wrapped, destroy_time) on audit.user_key to todo_audit");
  }
}
