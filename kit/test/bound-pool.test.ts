import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { boundTo } from "@todo/kit/bound-pool";
import { kyselyOn, openPool } from "@todo/kit/database";
import { type TestDatabase, testDatabase } from "@todo/kit/testing/database";
import { sql } from "kysely";
import type pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let stack: AsyncDisposableStack;
let database: TestDatabase;
/** What the service would have; three connections. */
let pool: pg.Pool;
/** Somebody else, to look and to lock. */
let other: pg.Pool;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  database = stack.use(await testDatabase("kit"));
  const open = (name: string) =>
    stack.adopt(openPool({ url: database.adminUrl, schema: "public", size: 3, name }), (made) => made.end());
  [pool, other] = [open("bound"), open("other")];
  await other.query("create table thing (id int primary key, name text)");
  await other.query("insert into thing values (1, 'one')");
});
afterEach(() => stack.disposeAsync());

/** How many statements of the pool the server is at. */
async function atWork(): Promise<number> {
  const { rows } = await other.query(
    `select count(*)::int as n from pg_stat_activity
     where application_name = 'bound' and state = 'active' and datname = current_database()`,
  );
  return rows[0].n;
}

async function until(n: number): Promise<void> {
  for (const end = Date.now() + 10_000; (await atWork()) !== n; ) {
    if (Date.now() > end) throw new Error(`there are not ${n} statements within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A lock that every statement on the table waits for. */
async function lock(): Promise<() => Promise<void>> {
  const holder = await other.connect();
  await holder.query("begin; lock table thing in access exclusive mode");
  return async () => {
    await holder.query("rollback");
    holder.release();
  };
}

/** A way to the server on which requests to cancel wait until they are let go. It notes them and rollbacks in order. */
async function slowToCancel() {
  const url = new URL(database.adminUrl);
  const [port, host] = [Number(url.port), url.hostname];
  const held = Promise.withResolvers<void>();
  const seen: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (inbound) => {
    const outbound = connect(port, host);
    inbound.on("error", () => undefined).on("close", () => outbound.destroy());
    outbound.on("error", () => undefined).on("close", () => inbound.destroy());
    outbound.on("data", (data) => inbound.write(data));
    inbound.on("data", async (data) => {
      const cancels = data.length === 16 && data.readInt32BE(4) === 80_877_102;
      if (cancels) await held.promise;
      if (cancels || data.includes("rollback")) seen.push(cancels ? "cancel" : "rollback");
      outbound.write(data);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.defer(() => void server.close());
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: url.href, seen, letGo: held.resolve };
}

const reason = new Error("the call is over");
const read = { text: "select name from thing" };

describe("a pool that is bound to a call", () => {
  it("answers as the pool does", async () => {
    const { rows } = await boundTo(pool, new AbortController().signal).query(read);
    expect(rows).toEqual([{ name: "one" }]);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it("ends the statement on the server when the call ends, and tells why [R097]", async () => {
    const unlock = await lock();
    const call = new AbortController();
    const reading = boundTo(pool, call.signal).query(read);
    await until(1);
    call.abort(reason);
    await expect(reading).rejects.toBe(reason);
    await until(0);
    await unlock();
  });

  it("keeps the connection for the next, whom nothing of that hits", async () => {
    for (let round = 0; round < 20; round++) {
      const call = new AbortController();
      const sleeping = boundTo(pool, call.signal).query({ text: "select pg_sleep(30)" });
      const caught = sleeping.catch((error: unknown) => error);
      await until(1);
      call.abort(reason);
      expect(await caught).toBe(reason);
      // Whoever waits for a connection gets the one that was freed.
      const next = await Promise.all(
        [1, 2, 3].map(() => pool.query("select pg_sleep(0.01), 'whole' as state")),
      );
      expect(next.map(({ rows }) => rows[0].state)).toEqual(["whole", "whole", "whole"]);
    }
    expect(pool.totalCount).toBe(3);
  });

  it("begins nothing for a call that is over, nor when its connection comes too late", async () => {
    const over = new AbortController();
    over.abort(reason);
    await expect(boundTo(pool, over.signal).query(read)).rejects.toBe(reason);
    expect(pool.totalCount).toBe(0);

    const all = await Promise.all([1, 2, 3].map(() => pool.connect()));
    const call = new AbortController();
    const waiting = boundTo(pool, call.signal).query(read);
    call.abort(reason);
    for (const connection of all) connection.release();
    await expect(waiting).rejects.toBe(reason);
    expect(pool.idleCount).toBe(3);
  });

  it("leaves an error of the statement as it is", async () => {
    const bound = boundTo(pool, new AbortController().signal);
    await expect(bound.query({ text: "select 1 / 0" })).rejects.toMatchObject({ code: "22012" });
    await expect(bound.query(read)).resolves.toBeDefined();
  });

  it("rolls a transaction back, begins no further statement of it, and frees its locks", async () => {
    const call = new AbortController();
    const kysely = kyselyOn(boundTo(pool, call.signal));
    const name = randomUUID();
    let after = false;
    const changing = kysely.transaction().execute(async (tx) => {
      await sql`update thing set name = ${name} where id = 1`.execute(tx);
      await sql`select pg_sleep(30)`.execute(tx).catch(() => undefined);
      await sql`select 1`.execute(tx);
      after = true;
    });
    const caught = changing.catch((error: unknown) => error);
    await until(1);
    call.abort(reason);
    expect(await caught).toBe(reason);
    expect(after).toBe(false);
    const { rows } = await other.query("update thing set name = 'two' where id = 1 returning name");
    expect(rows).toEqual([{ name: "two" }]);
    expect((await pool.query(read.text)).rows).toEqual([{ name: "two" }]);
  });

  it("rolls back only after a cancellation that came too late for its statement [R097]", async () => {
    const { url, seen, letGo } = await slowToCancel();
    const slow = stack.adopt(openPool({ url, schema: "public", size: 1, name: "bound" }), (made) =>
      made.end(),
    );
    const unlock = await lock();
    const call = new AbortController();
    const over = Promise.withResolvers<void>();
    const changing = kyselyOn(boundTo(slow, call.signal))
      .transaction()
      .execute(async (tx) => {
        try {
          await sql`update thing set name = 'two'`.execute(tx);
          await sql`select 1`.execute(tx);
        } finally {
          over.resolve();
        }
      });
    const caught = changing.catch((error: unknown) => error);
    await until(1);
    call.abort(reason);
    await unlock();
    await over.promise;
    // As long as this takes, a rollback could have come through.
    await until(0);
    letGo();
    expect(await caught).toBe(reason);
    expect(seen).toEqual(["cancel", "rollback"]);
    expect((await slow.query(read.text)).rows).toEqual([{ name: "one" }]);
  });

  it("leaves the limit that every statement has in force", async () => {
    const impatient = stack.adopt(
      openPool({ url: database.adminUrl, schema: "public", size: 1, name: "bound", statementTimeoutMs: 200 }),
      (made) => made.end(),
    );
    await expect(
      boundTo(impatient, new AbortController().signal).query({ text: "select pg_sleep(30)" }),
    ).rejects.toMatchObject({ code: "57014" });
  });
});
