import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

export interface TestDatabase extends AsyncDisposable {
  /** The administrator's DSN of a new, empty database. */
  adminUrl: string;
  /** For `DATABASE_ROLE_PASSWORD`: roles belong to the whole server, so all tests give them the same password. */
  rolePassword: string;
}

const rolePassword = "todo-test";

/** A database of one's own on the Postgres that the tests share; gone, with all its connections, at disposal. */
export async function testDatabase(app: string): Promise<TestDatabase> {
  const server = inject("databaseUrl");
  const name = `test_${app}_${randomBytes(6).toString("hex")}`;
  await execute(server, `create database ${pg.escapeIdentifier(name)}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    adminUrl: url.href,
    rolePassword,
    [Symbol.asyncDispose]: () => execute(server, `drop database ${pg.escapeIdentifier(name)} with (force)`),
  };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
