import pg from "pg";
import type { Bed } from "./bed.ts";

/** Writes to the tables behind the services' backs. */
export async function asAdministrator(
  bed: Bed,
  sql: string,
  ...values: unknown[]
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: bed.databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** Puts a row back that was taken out. */
export async function putBack(
  bed: Bed,
  table: string,
  row: Record<string, unknown> | undefined,
): Promise<void> {
  const names = Object.keys(row ?? {});
  const places = names.map((_, index) => `$${index + 1}`);
  const sql = `insert into ${table} (${names.join(", ")}) values (${places.join(", ")})`;
  await asAdministrator(bed, sql, ...Object.values(row ?? {}));
}
