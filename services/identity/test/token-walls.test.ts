import { randomUUIDv7 } from "node:crypto";
import { Code, type ConnectError } from "@connectrpc/connect";
import { kyselyOn, openPool, serviceUrl } from "@todo/kit/database";
import { settableClock } from "@todo/kit/testing/clock";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { role, schema } from "../src/migrations.ts";
import { asUser } from "../src/profile-queries.ts";
import type { IdentityDatabase } from "../src/tables.ts";
import { startIdentity, type TestIdentity } from "./harness.ts";

// The clock stands still, so that what is let through does not depend on how fast the machine is.
const clock = settableClock(new Date());
let identity: TestIdentity;
let userId: string;

beforeAll(async () => {
  identity = await startIdentity({ now: clock.now });
});
afterAll(() => identity[Symbol.asyncDispose]());
beforeEach(async () => {
  userId = (await identity.browser().signUp()).id;
});

async function as(id: string) {
  return { headers: await identity.keys.headers("identity", { userId: id }) };
}

const make = async () => {
  const request = { name: "backup", scopes: ["tasks:read"] };
  const { token } = await identity.tokens.createToken(request, await as(userId));
  return { id: token?.id ?? "" };
};
const revoke = async (id: string, by = userId) => identity.tokens.revokeToken({ id }, await as(by));
const list = async (by = userId) => identity.tokens.listTokens({}, await as(by));
const eventsOf = async (id: string) => (await identity.published()).filter(({ key }) => key === id);

async function refusal(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => {
      throw new Error("the call was not refused");
    },
    (error: ConnectError) => error,
  );
}

describe("who asks for tokens of others", () => {
  it("finds none, and says no more than that [R033]", async () => {
    const { id } = await make();
    const other = await identity.browser().signUp();
    for (const unknown of [id, randomUUIDv7()]) {
      const error = await refusal(revoke(unknown, other.id));
      expect([error.code, error.rawMessage]).toEqual([Code.NotFound, "token not found"]);
    }
    expect((await list(other.id)).tokens).toEqual([]);
    const { tokens } = await list();
    expect(tokens.map((token) => [token.id, token.revokeTime])).toEqual([[id, undefined]]);
  });

  const refusalsOf = async (id: string) =>
    (await eventsOf(id)).filter(({ type }) => type === "todo.audit.v1.AccessRefused");

  it("is noted for the audit log, alike whether somebody has it or nobody [R160]", async () => {
    const { id } = await make();
    const other = await identity.browser().signUp();
    const never = randomUUIDv7();
    await refusal(revoke(never, other.id));
    await refusal(revoke(id.toUpperCase(), other.id));
    await expect.poll(async () => (await refusalsOf(other.id)).length, { timeout: 10_000 }).toBe(2);
    const facts = await refusalsOf(other.id);
    expect(new Set(facts.map(({ subject }) => subject))).toEqual(new Set([never, id]));
    expect(
      new Set(
        facts.map(({ data }) =>
          Object.keys(data ?? {})
            .sort()
            .join(),
        ),
      ).size,
    ).toBe(1);
    const told = identity
      .logged()
      .split("\n")
      .filter((line) => line.includes("belongs to another"));
    expect(told.filter((line) => line.includes(other.id))).toHaveLength(1);
    const fact = facts.find(({ subject }) => subject === id);
    expect(fact).toMatchObject({ topic: "task.audit", subject: id, userId: other.id });
    expect(fact?.data).toMatchObject({
      userId: other.id,
      method: "todo.identity.v1.TokenService/RevokeToken",
      reason: "TOKEN_NOT_FOUND",
    });
  });

  it("cannot flood the audit log with it", async () => {
    const { id } = await make();
    const other = await identity.browser().signUp();
    for (let n = 0; n < 15; n++) await refusal(revoke(id, other.id));
    const last = await identity.browser().signUp();
    await refusal(revoke(id, last.id));
    await expect.poll(async () => (await refusalsOf(last.id)).length, { timeout: 10_000 }).toBe(1);
    await expect.poll(async () => (await refusalsOf(other.id)).length, { timeout: 10_000 }).toBe(10);
  });
});

describe("the wall around tokens", () => {
  it("holds in the database: no row without a user, none of another, and no hash at all [R033]", async () => {
    await make();
    const other = await identity.browser().signUp();
    const url = serviceUrl(identity.config.databaseUrl, role, identity.config.databaseRolePassword);
    await using stack = new AsyncDisposableStack();
    const pool = openPool({ url, schema, size: 1, name: "test" });
    stack.defer(() => pool.end());
    const database: IdentityDatabase = kyselyOn(pool);
    const ids = (on: IdentityDatabase) => on.selectFrom("token").select("user_id").execute();
    expect(await ids(database)).toEqual([]);
    expect(await asUser(database, other.id, ids)).toEqual([]);
    expect(await asUser(database, userId, ids)).toEqual([{ user_id: userId }]);
    await expect(database.selectFrom("token").select("hash").execute()).rejects.toMatchObject({
      code: "42501",
    });
    const forged = database
      .updateTable("token")
      .set({ scopes: ["tasks:write"] })
      .execute();
    await expect(forged).rejects.toMatchObject({ code: "42501" });
  });
});
