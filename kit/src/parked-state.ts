import type { Queryable } from "./relay/rows.ts";

/** How much of a consumer is parked. */
export interface ParkedState {
  /** Keys of a topic whose events wait for a redrive. */
  keys: number;
  /** The events that wait, counted up to 100,000. */
  rows: number;
}

/** Looks at the parked events of the schema that the connection's search path names. */
export async function parkedState(client: Queryable): Promise<ParkedState> {
  const { rows } = await client.query<{ keys: number; rows: number }>(`
    select count(distinct (consumer, topic, key))::integer as keys, count(*)::integer as rows
    from (select consumer, topic, key from parked limit 100000) waiting`);
  return rows[0] ?? { keys: 0, rows: 0 };
}
