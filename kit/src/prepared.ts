import type { PostgresPool, PostgresPoolClient } from "kysely";
import type pg from "pg";
import type { BoundConnection, BoundPool } from "./bound-pool.ts";

/** Statements beyond this many are planned anew each time: texts that vary would pile up on every connection. */
const mostStatements = 200;
const names = new Map<string, string>();

/**
 * A pool for Kysely whose connections plan each statement once, under a name, and not at every use. Kysely itself knows
 * no names.
 */
export function preparing(pool: pg.Pool | BoundPool): PostgresPool {
  return {
    options: "options" in pool ? pool.options : {},
    connect: async () => withNames(await pool.connect()),
    end: () => pool.end(),
  };
}

function withNames(client: pg.PoolClient | BoundConnection): PostgresPoolClient {
  const query = (text: string, values: readonly unknown[]) =>
    client.query({ ...named(text, values.length), text, values: [...values] });
  return { query: query as unknown as PostgresPoolClient["query"], release: () => client.release() };
}

function named(text: string, parameters: number): { name?: string } {
  // Without parameters it may be several statements; and with all columns, whatever they are, it would fail for good on
  // a connection that saw other ones.
  if (parameters === 0 || text.includes("*")) return {};
  let name = names.get(text);
  if (name === undefined) {
    if (names.size >= mostStatements) return {};
    name = `kysely.${names.size}`;
    names.set(text, name);
  }
  return { name };
}
