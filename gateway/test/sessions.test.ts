import { randomUUID } from "node:crypto";
import { domainError, ErrorReason } from "@todo/kit/errors";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bearer, type Fixture, post, reasonIn, startFixture, until } from "./harness.ts";

let fixture: Fixture;
let sid: string;
let token: string;
const sub = randomUUID();

const call = async () => (await post(fixture.url, "GetTask", { id: randomUUID() }, bearer(token))).status;
const pass = (ms: number) => {
  fixture.clock.now = new Date(fixture.clock.now.getTime() + ms);
};

beforeEach(async () => {
  fixture = await startFixture();
  sid = randomUUID();
  token = await fixture.identity.token({ sub, sid });
});
afterEach(() => fixture[Symbol.asyncDispose]());

it("the session of a token goes along with the call", async () => {
  await call();
  expect(fixture.received.at(-1)?.principal).toMatchObject({ userId: sub, sessionId: sid });
});

it("a session is asked about once in 30 seconds, however many calls carry its token", async () => {
  pass(29_000);
  await call();
  expect(fixture.identity.checked).toEqual([]);
  pass(1_000);
  await Promise.all(Array.from({ length: 20 }, call));
  expect(fixture.identity.checked).toEqual([sid]);
});

it("the token of a session that was ended opens nothing 30 seconds later, and never again [R090]", async () => {
  expect(await call()).toBe(200);
  fixture.identity.ended.add(sid);
  pass(30_000);
  const { status, body } = await post(fixture.url, "GetTask", { id: randomUUID() }, bearer(token));
  expect([status, reasonIn(body)]).toEqual([401, "CREDENTIALS_INVALID"]);
  await until(() => fixture.refusals.length === 1);
  expect(fixture.refusals[0]).toMatchObject({ userId: sub, reason: "CREDENTIALS_INVALID" });
  token = await fixture.identity.token({ sub, sid });
  expect(await call()).toBe(401);
  expect(fixture.identity.checked).toEqual([sid]);
});

it("the cookie of a session that was ended opens nothing 30 seconds later either", async () => {
  const own = { cookie: "todo.session_token=abc", "sec-fetch-site": "same-origin" };
  const withCookie = () => post(fixture.url, "GetTask", { id: randomUUID() }, own);
  fixture.identity.sessions.set("abc", sub);
  fixture.identity.sessionIds.set(sub, sid);
  expect((await withCookie()).status).toBe(200);
  fixture.identity.ended.add(sid);
  pass(30_000);
  expect((await withCookie()).status).toBe(401);
});

it("nobody is locked out while identity is away: the token alone counts, and identity is asked again soon", async () => {
  fixture.identity.failure = domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, "away");
  pass(60_000);
  expect([await call(), await call()]).toEqual([200, 200]);
  expect(fixture.identity.checked).toEqual([sid]);
  fixture.identity.failure = undefined;
  fixture.identity.ended.add(sid);
  pass(5_000);
  expect(await call()).toBe(401);
});
