import { Migration } from "@mikro-orm/migrations";

/** By which time zones the instants of a series' latest occurrence were computed. Of those that are there nobody knows. */
export class ReckonSeries extends Migration {
  override up(): void {
    this.addSql(
      "alter table task.series add column tzdata text not null default '' check (char_length(tzdata) <= 16)",
    );
  }
}
