import { Migration } from "@mikro-orm/migrations";

/** Tells deliveries that have no entry of their own, since one entry counts them, from those whose entry is gone. */
export class MarkCounted extends Migration {
  override up(): void {
    this.addSql("alter table audit.inbox add column counted boolean not null default false");
    this.addSql("grant update (counted) on audit.inbox to todo_audit");
  }
}
