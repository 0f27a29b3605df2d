import { randomUUID } from "node:crypto";
import { type AnyKysely, kyselyOn, openPool, serviceUrl } from "@todo/kit/database";
import { afterAll, beforeAll, expect, it } from "vitest";
import { beginChain, destroyKey, lockChain } from "#src/queries.ts";
import { type AuditFixture, startAudit } from "./fixture.ts";

let audit: AuditFixture;
let database: AnyKysely;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  audit = stack.use(await startAudit());
  const { databaseUrl, databaseRolePassword } = audit.config;
  const url = serviceUrl(databaseUrl, "todo_audit", databaseRolePassword);
  const pool = openPool({ url, schema: "audit", size: 3, name: "locking" });
  database = kyselyOn(stack.adopt(pool, (opened) => opened.end()));
});

afterAll(() => stack.disposeAsync());

/** Makes a user's chain, as the first event does. */
async function begun(): Promise<string> {
  const userId = randomUUID();
  await database.transaction().execute(async (tx) => {
    expect(await lockChain(tx, userId)).toBeUndefined();
    await beginChain(tx, userId, Buffer.from("key"), new Date());
  });
  return userId;
}

it("who waited for the chain sees what was done to it and to its key meanwhile", async () => {
  const userId = await begun();
  const [locked, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const erasing = database.transaction().execute(async (tx) => {
    expect((await lockChain(tx, userId))?.wrappedKey).toEqual(Buffer.from("key"));
    locked.resolve();
    await go.promise;
    await tx.updateTable("chain_head").set({ number: "7" }).where("user_id", "=", userId).execute();
    await destroyKey(tx, userId, new Date());
  });
  await locked.promise;
  const waiting = database.transaction().execute((tx) => lockChain(tx, userId));
  const waits =
    "select from pg_stat_activity where application_name = 'locking' and wait_event_type = 'Lock'";
  const here = " and datname = current_database()";
  await expect.poll(() => audit.sql(waits + here), { timeout: 10_000 }).toHaveLength(1);
  go.resolve();
  await erasing;
  expect(await waiting).toMatchObject({ head: { number: 7n }, wrappedKey: undefined });
});

it("who locked one user's chain sees no row of another user", async () => {
  const [ada, bob] = [await begun(), await begun()];
  await database.transaction().execute(async (tx) => {
    await lockChain(tx, ada);
    const rows = await tx.selectFrom("chain_head").select("user_id").execute();
    expect(rows).toEqual([{ user_id: ada }]);
    expect((await lockChain(tx, bob))?.head.number).toBe(0n);
  });
});
