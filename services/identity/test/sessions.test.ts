import { randomUUID, randomUUIDv7 } from "node:crypto";
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { allScopes } from "@todo/kit/testing/keys";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Browser, startIdentity, type TestIdentity, type User } from "./harness.ts";

let identity: TestIdentity;
let user: User;
let laptop: Browser;
let phone: Browser;

beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity[Symbol.asyncDispose]());
beforeEach(async () => {
  laptop = identity.browser({ address: "198.51.100.4", headers: { "user-agent": "Laptop/1.0" } });
  phone = identity.browser({ address: "2001:db8:1:2::1", headers: { "user-agent": "Phone/2.0" } });
  user = await laptop.signUp();
  const { email, password } = user;
  expect((await phone.post("/api/auth/sign-in/email", { email, password })).status).toBe(200);
});

const sessionOf = async (browser: Browser): Promise<string> =>
  String(decodeJwt(String((await browser.get("/api/auth/token")).json()["token"]))["sid"]);
const isSignedIn = async (browser: Browser) => (await browser.get("/api/auth/token")).status === 200;
const as = async (userId: string, o: { sessionId?: string; scopes?: readonly string[] } = {}) => ({
  headers: await identity.keys.headers("identity", { userId, scopes: allScopes, ...o }),
});
const endedOf = async (userId: string) =>
  (await identity.published()).filter(
    ({ key, type }) => key === userId && type === "todo.identity.v1.SessionEnded",
  );
const check = (id: string, userId = user.id) =>
  identity.sessions.checkSession(
    { id, userId },
    { headers: { "dapr-api-token": identity.keys.appApiToken, "x-request-id": randomUUID() } },
  );
const refusal = (call: Promise<unknown>): Promise<ConnectError> =>
  call.then(
    () => {
      throw new Error("the call was not refused");
    },
    (error: ConnectError) => error,
  );

describe("the list of sessions", () => {
  it("says where the user is signed in and which one asks, newest first, without credentials [R090]", async () => {
    const [atLaptop, atPhone] = [await sessionOf(laptop), await sessionOf(phone)];
    const { sessions } = await identity.sessions.listSessions({}, await as(user.id, { sessionId: atLaptop }));
    expect(sessions).toMatchObject([
      { id: atPhone, userAgent: "Phone/2.0", current: false },
      { id: atLaptop, userAgent: "Laptop/1.0", clientAddress: "198.51.100.4", current: true },
    ]);
    expect(sessions[0]?.clientAddress).toMatch(/^2001:0?db8:/);
    for (const { createTime, expireTime } of sessions) {
      const [from, to] = [createTime, expireTime].map((time) => timestampDate(time as Timestamp).getTime());
      expect((to ?? 0) - (from ?? 0)).toBeGreaterThan(24 * 3_600_000);
    }
    const [row] = await identity.sql(`select token from identity.session where id = $1`, [atPhone]);
    const seen = JSON.stringify(sessions, (_, value) => (typeof value === "bigint" ? `${value}` : value));
    expect(seen).not.toContain(row?.["token"]);
  });

  it("comes in pages, and a page's token is good for its user alone", async () => {
    const call = await as(user.id);
    const first = await identity.sessions.listSessions({ pageSize: 1 }, call);
    const second = await identity.sessions.listSessions(
      { pageSize: 1, pageToken: first.nextPageToken },
      call,
    );
    expect([...first.sessions, ...second.sessions].map(({ userAgent }) => userAgent)).toEqual([
      "Phone/2.0",
      "Laptop/1.0",
    ]);
    expect(second.nextPageToken).toBe("");
    const other = await as(randomUUID());
    const error = await refusal(identity.sessions.listSessions({ pageToken: first.nextPageToken }, other));
    expect(reasonOf(error)).toBe("PAGE_TOKEN_INVALID");
  });

  it("leaves out what is over", async () => {
    await identity.sql(`update identity.session set "expiresAt" = now() - interval '1 hour' where id = $1`, [
      await sessionOf(phone),
    ]);
    const { sessions } = await identity.sessions.listSessions({}, await as(user.id));
    expect(sessions.map(({ userAgent }) => userAgent)).toEqual(["Laptop/1.0"]);
  });
});

describe("ending a session", () => {
  it("shuts its browser out at once, and nobody else [R090]", async () => {
    const id = await sessionOf(phone);
    expect((await check(id)).open).toBe(true);
    await identity.sessions.revokeSession({ id }, await as(user.id));
    expect([await isSignedIn(phone), await isSignedIn(laptop)]).toEqual([false, true]);
    expect((await check(id)).open).toBe(false);
    const again = await refusal(identity.sessions.revokeSession({ id }, await as(user.id)));
    expect([again.code, reasonOf(again)]).toEqual([Code.NotFound, "SESSION_NOT_FOUND"]);
  });

  it("of all others keeps the one that asks", async () => {
    const sessionId = await sessionOf(laptop);
    const { revokedCount } = await identity.sessions.revokeOtherSessions(
      {},
      await as(user.id, { sessionId }),
    );
    expect(revokedCount).toBe(1);
    expect([await isSignedIn(phone), await isSignedIn(laptop)]).toEqual([false, true]);
  });

  it("of all others takes a session to keep", async () => {
    const error = await refusal(identity.sessions.revokeOtherSessions({}, await as(user.id)));
    expect([error.code, reasonOf(error)]).toEqual([Code.FailedPrecondition, "SESSION_REQUIRED"]);
    expect([await isSignedIn(phone), await isSignedIn(laptop)]).toEqual([true, true]);
  });

  it.each([
    ["revoked", async (id: string) => identity.sessions.revokeSession({ id }, await as(user.id))],
    [
      "revoked with all others",
      async () =>
        identity.sessions.revokeOtherSessions({}, await as(user.id, { sessionId: await sessionOf(laptop) })),
    ],
    ["signed out", () => phone.post("/api/auth/sign-out", {})],
  ])("is told by one event, if it was %s [R160]", async (_, end) => {
    const id = await sessionOf(phone);
    await end(id);
    expect(await isSignedIn(phone)).toBe(false);
    expect(await endedOf(user.id)).toMatchObject([{ data: { sessionId: id, userId: user.id } }]);
  });

  it("is told of none that was over, nor of those of a user who is gone", async () => {
    const [atPhone, atLaptop] = [await sessionOf(phone), await sessionOf(laptop)];
    const expire = `update identity.session set "expiresAt" = now() - interval '1 second' where id = $1`;
    await identity.sql(expire, [atPhone]);
    await identity.sessions.revokeOtherSessions({}, await as(user.id, { sessionId: atLaptop }));
    expect(await endedOf(user.id)).toEqual([]);
    await identity.sql(`delete from identity."user" where id = $1`, [user.id]);
    const types = (await identity.published()).filter(({ key }) => key === user.id).map(({ type }) => type);
    expect(types).toEqual(["todo.identity.v1.UserCreated", "todo.identity.v1.UserErased"]);
  });

  it("takes its scope, which no personal access token has [R090]", async () => {
    const call = await as(user.id, { scopes: ["tasks:write", "tokens:write"] });
    const refused = await Promise.all(
      [
        identity.sessions.listSessions({}, call),
        identity.sessions.revokeSession({ id: randomUUIDv7() }, call),
        identity.sessions.revokeOtherSessions({}, call),
      ].map(refusal),
    );
    expect(refused.map(reasonOf)).toEqual(Array(3).fill("SCOPE_MISSING"));
    const forged = identity.sql(
      `insert into identity.token (id, user_id, name, hint, hash, scopes, create_time, expire_time)
        values ($1, $2, 'forged', 'abcd', sha256('x'), '{sessions:write}', now(), now() + interval '1 day')`,
      [randomUUIDv7(), user.id],
    );
    await expect(forged).rejects.toMatchObject({ constraint: "token_scopes_of_person" });
  });
});

describe("who asks for sessions of others", () => {
  it("finds none, ends none and stands in the audit log [R033, R160]", async () => {
    const id = await sessionOf(phone);
    const mallory = await identity.browser().signUp();
    for (const unknown of [randomUUIDv7(), id]) {
      const error = await refusal(identity.sessions.revokeSession({ id: unknown }, await as(mallory.id)));
      expect([error.code, error.rawMessage]).toEqual([Code.NotFound, "session not found"]);
    }
    expect(await isSignedIn(phone)).toBe(true);
    expect((await check(id, mallory.id)).open).toBe(false);
    const refusals = async () =>
      (await identity.published()).filter(
        ({ key, type }) => key === mallory.id && type === "todo.audit.v1.AccessRefused",
      );
    await expect.poll(async () => (await refusals()).length, { timeout: 10_000 }).toBe(2);
    expect((await refusals()).find(({ subject }) => subject === id)?.data).toMatchObject({
      subject: id,
      method: "todo.identity.v1.SessionService/RevokeSession",
      reason: "SESSION_NOT_FOUND",
    });
  });
});
