import { type Database, me, read, type Statement } from "#src/database.ts";
import type { Series, SeriesFields } from "#src/domain/series.ts";
import { selectSeries, seriesOf } from "#src/series/columns.ts";

const statement: Statement = {
  name: "list-series",
  text: `
with ${me}
select ${selectSeries("s")} from me
cross join lateral (
  select * from series
  where user_id = me.user_id and (cardinality($2::smallint[]) = 0 or state = any ($2)) and ($3::uuid is null or id > $3)
  order by id limit $4
) s
order by s.id`,
};

/** The user's series in the order of their making: those in some states, or all if none is named; behind an id. */
export async function listSeries(
  database: Database,
  userId: string,
  o: { states: readonly number[]; after: string | undefined; limit: number },
): Promise<Series[]> {
  const rows = await read<SeriesFields>(database, statement, [userId, o.states, o.after ?? null, o.limit]);
  return rows.map((row) => seriesOf(row));
}
