import { Migration } from "@mikro-orm/migrations";

/** What the occurrences of a series do not take over. Series that are there take over everything. */
export class Inherit extends Migration {
  override up(): void {
    this.addSql(
      "alter table task.series add column not_inherited smallint[] not null default '{}' check (cardinality(not_inherited) <= 3)",
    );
  }
}
