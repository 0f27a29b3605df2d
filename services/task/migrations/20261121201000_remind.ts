import { Migration } from "@mikro-orm/migrations";

/** How long before they are due tasks remind of themselves. Those that are there have no reminders, and are not read. */
export class Remind extends Migration {
  override up(): void {
    for (const table of ["task", "series"]) {
      this.addSql(`alter table task.${table}
        add column reminder_minutes integer[] not null default '{}',
        add constraint ${table}_reminders check (cardinality(reminder_minutes) <= 5) not valid`);
    }
  }
}
