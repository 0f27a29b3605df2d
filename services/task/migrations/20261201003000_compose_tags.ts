import { Migration } from "@mikro-orm/migrations";

/** Tags that look alike are one: those that are there become composed (Unicode NFC) as well, each once. */
export class ComposeTags extends Migration {
  override up(): void {
    for (const table of ["task", "series", "tag_image"]) this.addSql(compose(table));
  }
}

function compose(table: string): string {
  return `update task.${table} t set tags = array(
      select d.tag from (
        select distinct on (1) normalize(x.tag, nfc) as tag, x.n
        from unnest(t.tags) with ordinality as x (tag, n) order by 1, 2
      ) d order by d.n
    )
    where exists (select from unnest(t.tags) as x (tag) where x.tag is not nfc normalized)`;
}
