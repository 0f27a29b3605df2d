import { Migration } from "@mikro-orm/migrations";
import { openPool, serviceUrl } from "@todo/kit/database";
import { createLogger } from "@todo/kit/log";
import { migrate } from "@todo/kit/migrate";
import { testDatabase } from "@todo/kit/testing/database";
import pg from "pg";
import { expect, it } from "vitest";
import { role, schema } from "./event-bed.ts";

const log = createLogger({ service: "test", level: "silent" });

it("migrates once however many replicas and services start together", async () => {
  await using test = await testDatabase("migrate");
  const start = (name: string) =>
    migrate({
      ...test,
      schema: name,
      role: `todo_${name}`,
      password: test.rolePassword,
      migrations: migrationsIn(name),
      log,
    });

  await Promise.all(["audit", "audit", "audit", "task", "task"].map(start));

  const done = await query(
    test.adminUrl,
    "select name from audit.migration union all select name from task.migration",
  );
  expect(done).toEqual([{ name: "001-made" }, { name: "001-made" }]);
});

it("leaves everything as it was when one migration fails", async () => {
  await using test = await testDatabase("migrate");
  class Broken extends Migration {
    override up(): void {
      this.addSql("create table half (id int)");
      this.addSql("select 1 / 0");
    }
  }
  const options = { ...test, schema, role, password: test.rolePassword, log };
  await expect(
    migrate({ ...options, migrations: [...migrationsIn(schema), { name: "002-broken", migration: Broken }] }),
  ).rejects.toThrow(/division by zero/);

  expect(
    await query(test.adminUrl, "select to_regclass('audit.half') as half, to_regclass('audit.made') as made"),
  ).toEqual([{ half: null, made: null }]);
  await migrate({ ...options, migrations: migrationsIn(schema) });
  expect(await query(test.adminUrl, "select to_regclass('audit.made')::text as made")).toEqual([
    { made: "audit.made" },
  ]);
});

it("gives the role its new password at each start and nothing but what was granted", async () => {
  await using test = await testDatabase("migrate");
  const own = `${role}_${Math.random().toString(36).slice(2)}`;
  const options = { ...test, schema, role: own, log };
  await migrate({ ...options, password: "first-password", migrations: [] });
  await migrate({ ...options, password: "second-password", migrations: [] });

  await using stack = new AsyncDisposableStack();
  stack.defer(async () => {
    await query(test.adminUrl, `drop owned by ${own}`);
    await query(test.adminUrl, `drop role ${own}`);
  });
  await expect(query(serviceUrl(test.adminUrl, own, "first-password"), "select 1")).rejects.toMatchObject({
    code: "28P01",
  });
  const as = (sql: string) => query(serviceUrl(test.adminUrl, own, "second-password"), sql);
  expect(await as("select current_user::text as me")).toEqual([{ me: own }]);
  await expect(as("create table audit.mine (id int)")).rejects.toMatchObject({ code: "42501" });
  await expect(as("select * from audit.migration")).rejects.toMatchObject({ code: "42501" });
  expect(
    await query(
      test.adminUrl,
      `select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolinherit from pg_roles where rolname = '${own}'`,
    ),
  ).toEqual([
    { rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolbypassrls: false, rolinherit: false },
  ]);
});

it("gives up when another process holds the lock for too long", async () => {
  await using test = await testDatabase("migrate");
  const holder = new pg.Client({ connectionString: test.adminUrl });
  await holder.connect();
  await holder.query("select pg_advisory_lock(hashtext('todo.migrate'), hashtext($1))", [schema]);
  try {
    await expect(
      migrate({
        ...test,
        schema,
        role,
        password: test.rolePassword,
        migrations: [],
        log,
        lockTimeoutMs: 100,
      }),
    ).rejects.toMatchObject({ code: "55P03" });
  } finally {
    await holder.end();
  }
});

it("bounds what a connection of a role may take", async () => {
  await using test = await testDatabase("migrate");
  await migrate({ ...test, schema, role, password: test.rolePassword, migrations: [], log });
  const url = serviceUrl(test.adminUrl, role, test.rolePassword);
  const pool = openPool({ url, schema, size: 1, name: "bounded", statementTimeoutMs: 1_000 });
  try {
    await expect(pool.query("select pg_sleep(30)")).rejects.toMatchObject({ code: "57014" });
    const { rows } = await pool.query(
      `select current_setting('search_path') as path, current_setting('idle_in_transaction_session_timeout') as idle,
        current_setting('application_name') as name`,
    );
    expect(rows).toEqual([{ path: '"audit"', idle: "30s", name: "bounded" }]);
  } finally {
    await pool.end();
  }
});

function migrationsIn(name: string) {
  class Made extends Migration {
    override up(): void {
      this.addSql(`create table made (id int); grant select on ${name}.made to todo_${name};`);
    }
  }
  return [{ name: "001-made", migration: Made }];
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
