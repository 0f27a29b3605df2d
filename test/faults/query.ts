import pg from "pg";
import type { ObservedSystem } from "./bed.ts";

/** Asks the database, past the services, over a connection of its own: the ones before may be broken. */
export async function query<Row extends pg.QueryResultRow>(
  bed: ObservedSystem,
  sql: string,
  ...values: unknown[]
): Promise<Row[]> {
  const client = new pg.Client({
    connectionString: bed.databaseUrl,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
