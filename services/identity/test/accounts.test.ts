import { randomUUID } from "node:crypto";
import { Code, type ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import type { Principal } from "@todo/kit/principal";
import { settableClock } from "@todo/kit/testing/clock";
import { RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Browser, startIdentity, type TestIdentity, type User } from "./harness.ts";

// The clock stands still, so that a pause does not depend on how fast the machine is.
const clock = settableClock(new Date());
let identity: TestIdentity;
let browser: Browser;
let user: User;

beforeAll(async () => {
  identity = await startIdentity({ now: clock.now });
});
afterAll(() => identity[Symbol.asyncDispose]());
beforeEach(async () => {
  browser = identity.browser({ address: "198.51.100.4" });
  user = await browser.signUp({ name: "Grace Hopper", zone: "Europe/Berlin" });
});

const as = async (principal: Partial<Principal> = {}) => ({
  headers: await identity.keys.headers("identity", { userId: user.id, ...principal }),
});
const erase = async (password = user.password, principal: Partial<Principal> = {}) =>
  identity.accounts.eraseAccount({ password }, await as(principal));
const refusal = (call: Promise<unknown>): Promise<ConnectError> =>
  call.then(
    () => {
      throw new Error("the call was not refused");
    },
    (error: ConnectError) => error,
  );
const isSignedIn = async () => (await browser.get("/api/auth/token")).status === 200;

/** Every row of every table of identity in which a text stands. */
async function rowsWith(text: string): Promise<string[]> {
  const tables = await identity.sql(
    `select table_name from information_schema.tables where table_schema = 'identity' and table_type = 'BASE TABLE'`,
  );
  const found = tables.map(async ({ table_name: name }) => {
    const rows = await identity.sql(
      `select t::text as row from identity."${name}" t where t::text ilike $1`,
      [`%${text}%`],
    );
    return rows.map(({ row }) => `${name}: ${row}`);
  });
  return (await Promise.all(found)).flat();
}

describe("erasing an account", () => {
  it("leaves no row, no session, no token and no way in, and tells of it once [R053]", async () => {
    user = await browser.signUp({ name: "Lovelace" });
    const { secret } = await identity.tokens.createToken(
      { name: "backup", scopes: ["tasks:read"] },
      await as(),
    );
    const { email, password, id } = user;
    await browser.post("/api/auth/sign-in/email", { email, password });
    await browser.post("/api/auth/sign-in/email", { email, password: "not the one" });
    await erase();
    expect(await isSignedIn()).toBe(false);
    expect((await browser.post("/api/auth/sign-in/email", { email, password })).status).toBe(401);
    const headers = { "dapr-api-token": identity.keys.appApiToken, "x-request-id": randomUUID() };
    expect(reasonOf(await refusal(identity.tokens.resolveToken({ secret }, { headers })))).toBe(
      "CREDENTIALS_INVALID",
    );
    const events = (await identity.published()).filter(
      ({ key, topic }) => key === id && topic === "user.events",
    );
    expect(events.map(({ type }) => type.replace("todo.identity.v1.", ""))).toEqual([
      "UserCreated",
      "TokenCreated",
      "UserErased",
    ]);
    for (const text of [id, email, "Lovelace"]) expect(await rowsWith(text)).toEqual([]);
  });

  it("takes the password, not only a session", async () => {
    const error = await refusal(erase("not the one"));
    expect([error.code, reasonOf(error)]).toEqual([Code.PermissionDenied, "PASSWORD_WRONG"]);
    expect(reasonOf(await refusal(erase("")))).toBe("REQUEST_INVALID");
    expect(await isSignedIn()).toBe(true);
  });

  it("takes the person: neither a program that acts for the user nor a personal access token can", async () => {
    expect(reasonOf(await refusal(erase(user.password, { actor: "agent" })))).toBe("PERSON_REQUIRED");
    expect(reasonOf(await refusal(erase(user.password, { scopes: ["tasks:write"] })))).toBe("SCOPE_MISSING");
    const grant = identity.tokens.createToken({ name: "all", scopes: ["account:write"] }, await as());
    expect(reasonOf(await refusal(grant))).toBe("REQUEST_INVALID");
    expect(await isSignedIn()).toBe(true);
  });

  it("lets nobody with a stolen session guess the password", async () => {
    for (let n = 0; n < 10; n++) expect(reasonOf(await refusal(erase(`guess ${n}`)))).toBe("PASSWORD_WRONG");
    const error = await refusal(erase());
    expect([error.code, reasonOf(error)]).toEqual([Code.ResourceExhausted, "RATE_LIMITED"]);
    expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
    expect(await isSignedIn()).toBe(true);
  });

  it("may be repeated, and touches nobody else", async () => {
    const other = identity.browser();
    await other.signUp();
    await erase();
    await erase();
    expect((await other.get("/api/auth/token")).status).toBe(200);
  });

  it("has no other door", async () => {
    const { password } = user;
    expect((await browser.post("/api/auth/delete-user", { password })).status).toBe(404);
    expect(await isSignedIn()).toBe(true);
  });
});

describe("taking an account out", () => {
  it("holds the profile, the sessions and the tokens, and no secret [R104]", async () => {
    const { secret, token } = await identity.tokens.createToken(
      { name: "backup", scopes: ["tasks:read"] },
      await as(),
    );
    const taken = await identity.accounts.exportAccount({}, await as());
    expect(taken.profile).toMatchObject({ userId: user.id, email: user.email, displayName: "Grace Hopper" });
    expect(taken.sessions).toMatchObject([{ clientAddress: "198.51.100.4" }]);
    expect(taken.tokens).toEqual([token]);
    const text = JSON.stringify(taken, (_, value) => (typeof value === "bigint" ? `${value}` : value));
    const [session] = await identity.sql(`select token from identity.session where "userId" = $1`, [user.id]);
    const [account] = await identity.sql(`select password from identity.account where "userId" = $1`, [
      user.id,
    ]);
    for (const hidden of [secret.slice(9), session?.["token"], account?.["password"]]) {
      expect(text).not.toContain(hidden);
    }
  });

  it("holds nothing of anybody else, and takes its scope", async () => {
    const other = await identity.browser().signUp();
    const taken = await identity.accounts.exportAccount({}, await as());
    const text = JSON.stringify(taken, (_, value) => (typeof value === "bigint" ? `${value}` : value));
    expect(text).not.toContain(other.id);
    const call = await as({ scopes: ["profile:read", "tokens:read"] });
    expect(reasonOf(await refusal(identity.accounts.exportAccount({}, call)))).toBe("SCOPE_MISSING");
  });
});
