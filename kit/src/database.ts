import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { BoundPool } from "./bound-pool.ts";
import { databaseTypes } from "./database-types.ts";
import { preparing } from "./prepared.ts";
import { within } from "./within.ts";

/**
 * Kysely over any schema. Its type parameter is `any` because the kit's tables (outbox, inbox, parked) live beside a
 * service's own in one transaction, and no single interface names both.
 */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyKysely = Kysely<any>;

export interface PoolOptions {
  /** The DSN of the service's role. */
  url: string;
  /** The schema that unqualified names mean. */
  schema: string;
  /** The most connections. */
  size: number;
  /** After how long without use a connection is closed; by default 30 s. */
  idleMs?: number;
  /** `application_name`, as seen in `pg_stat_activity`. */
  name: string;
  /** When the server gives a statement up; by default 10 s. */
  statementTimeoutMs?: number;
}

/** The administrator's DSN with another user: same host, database and parameters. */
export function serviceUrl(adminUrl: string, role: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = encodeURIComponent(role);
  url.password = encodeURIComponent(password);
  return url.href;
}

/**
 * How every connection of a role is made. The client gives a query up 5 s after the server should have, so a server
 * that hangs or a network that swallows packets cannot hold anybody for ever.
 */
export function connectionConfig(o: Omit<PoolOptions, "size" | "idleMs">): pg.ClientConfig {
  const statementTimeoutMs = o.statementTimeoutMs ?? 10_000;
  return {
    connectionString: o.url,
    types: databaseTypes,
    application_name: o.name,
    options: `-c search_path=${pg.escapeIdentifier(o.schema)}`,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 5_000,
    idle_in_transaction_session_timeout: 30_000,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** A pool of the service's role. Waiting for a connection is bounded by 5 s. */
export function openPool(o: PoolOptions): pg.Pool {
  const pool = new pg.Pool({ ...connectionConfig(o), max: o.size, idleTimeoutMillis: o.idleMs ?? 30_000 });
  // Without a listener a connection that breaks while nobody waits on it would end the process. The next query on it
  // fails, or the pool has already dropped it; so there is nothing to do here.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** Kysely on a pool that somebody else opens and ends, whole or bound to one call. */
export function kyselyOn(pool: pg.Pool | BoundPool): AnyKysely {
  return new Kysely({ dialect: new PostgresDialect({ pool: preparing(pool) }) });
}

/** Ends a connection; after 2 s without waiting for a server that does not answer. */
export async function endClient(client: pg.Client): Promise<void> {
  await within(2_000, client.end()).catch(() => {});
}
