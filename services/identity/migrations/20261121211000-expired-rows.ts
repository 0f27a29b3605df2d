import { Migration } from "@mikro-orm/migrations";

/** Finds what is over. */
export class ExpiredRows extends Migration {
  override up(): void {
    for (const table of ["session", "verification"])
      this.addSql(`create index ${table}_expires on identity.${table} ("expiresAt")`);
  }
}
