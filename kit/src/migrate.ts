import { setTimeout as sleep } from "node:timers/promises";
import { type Migration, Migrator } from "@mikro-orm/migrations";
import { MikroORM, PostgreSqlDriver } from "@mikro-orm/postgresql";
import pg from "pg";
import { endClient } from "./database.ts";
import type { Logger } from "./log.ts";
import { scramVerifier } from "./scram.ts";

export interface NamedMigration {
  /** The name under which it is remembered. Never changed once released. */
  name: string;
  migration: new (...args: ConstructorParameters<typeof Migration>) => Migration;
}

export interface MigrateOptions {
  /** The administrator's DSN. Nothing but migrations uses it. */
  adminUrl: string;
  schema: string;
  role: string;
  /** The role's password from now on: each start sets it anew, which is how it is rotated. */
  password: string;
  /** In the order in which they run. A released one is never edited. */
  migrations: readonly NamedMigration[];
  log: Logger;
  /** How long to wait for another process that is migrating; by default 60 s. */
  lockTimeoutMs?: number;
}

/**
 * Makes the schema and the role, and runs the migrations that are missing, all of them or none. Any number of replicas
 * and services may do so at the same time: an advisory lock per schema lets one pass at a time. The role owns nothing
 * and gets USAGE on the schema, which its search path names; every other right is granted by the migrations.
 */
export async function migrate(o: MigrateOptions): Promise<void> {
  await using lock = await lockSchema(o);
  await ensureRole(lock.client, o.role, o.password);
  await ensureSchema(lock.client, o.schema, o.role);
  const done = await runMigrations(o);
  o.log.info({ schema: o.schema, migrations: done }, "database migrated");
}

async function lockSchema(o: MigrateOptions): Promise<{ client: pg.Client } & AsyncDisposable> {
  const client = new pg.Client({
    connectionString: o.adminUrl,
    application_name: `migrate ${o.schema}`,
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("select set_config('lock_timeout', $1, false)", [`${o.lockTimeoutMs ?? 60_000}ms`]);
    await client.query("select pg_advisory_lock(hashtext('todo.migrate'), hashtext($1))", [o.schema]);
  } catch (error) {
    await endClient(client);
    throw error;
  }
  return { client, [Symbol.asyncDispose]: () => endClient(client) };
}

/** Roles belong to the whole server, so services of two databases may race for one: the loser tries again. */
async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const name = pg.escapeIdentifier(role);
  const verifier = pg.escapeLiteral(scramVerifier(password));
  for (let attempt = 1; ; attempt++) {
    try {
      const found = await client.query("select from pg_roles where rolname = $1", [role]);
      if (found.rowCount === 0) await client.query(`create role ${name} login noinherit`);
      await client.query(`alter role ${name} login password ${verifier}`);
      return;
    } catch (error) {
      if (!lostRace(error) || attempt === 20) throw error;
      await sleep(20 + Math.random() * 80);
    }
  }
}

/** unique_violation, duplicate_object, and "tuple concurrently updated", which has no code of its own. */
function lostRace(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ["23505", "42710", "XX000"].includes(error.code ?? "");
}

async function ensureSchema(client: pg.Client, schema: string, role: string): Promise<void> {
  const name = pg.escapeIdentifier(schema);
  await client.query(`create schema if not exists ${name}`);
  await client.query(`grant usage on schema ${name} to ${pg.escapeIdentifier(role)}`);
  const { rows } = await client.query<{ name: string }>("select current_database() as name");
  const database = pg.escapeIdentifier(rows[0]?.name ?? "");
  await client.query(
    `alter role ${pg.escapeIdentifier(role)} in database ${database} set search_path = ${name}`,
  );
}

async function runMigrations(o: MigrateOptions): Promise<string[]> {
  const orm = await MikroORM.init({
    driver: PostgreSqlDriver,
    clientUrl: o.adminUrl,
    entities: [],
    extensions: [Migrator],
    discovery: { warnWhenNoEntities: false },
    ensureDatabase: false,
    pool: { min: 0, max: 2 },
    migrations: {
      tableName: "migration",
      schema: o.schema,
      migrationsList: o.migrations.map(({ name, migration }) => ({ name, class: migration })),
      snapshot: false,
      silent: true,
      disableForeignKeys: false,
    },
  });
  try {
    return (await orm.migrator.up()).map(({ name }) => name);
  } finally {
    await orm.close(true);
  }
}
