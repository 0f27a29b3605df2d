import { randomBytes, randomUUID } from "node:crypto";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { domainError, ErrorReason } from "@todo/kit/errors";
import { personalToken } from "@todo/kit/personal-token";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bearer, type Fixture, post, reasonIn, startFixture, until } from "./harness.ts";

let fixture: Fixture;
let secret: string;
let userId: string;

const call = (token = secret, method = "GetTask") =>
  post(fixture.url, method, method === "CreateTask" ? { title: "a" } : { id: randomUUID() }, bearer(token));
const reasonOf = async (token?: string) => reasonIn((await call(token)).body);
const pass = (ms: number) => {
  fixture.clock.now = new Date(fixture.clock.now.getTime() + ms);
};

beforeEach(async () => {
  fixture = await startFixture();
  secret = personalToken(randomBytes(32));
  userId = randomUUID();
  fixture.identity.personal.set(secret, { userId, scopes: ["tasks:read"] });
});
afterEach(() => fixture[Symbol.asyncDispose]());

it("speaks for its user, as a person, within its scopes [R090]", async () => {
  expect((await call()).status).toBe(200);
  expect(fixture.received.at(-1)?.principal).toMatchObject({
    userId,
    actor: "person",
    issuer: "gateway",
    scopes: ["tasks:read"],
    zone: "Europe/Berlin",
    locale: "de",
  });
  const { status, body } = await call(secret, "CreateTask");
  expect([status, reasonIn(body), body.message]).toEqual([
    403,
    "SCOPE_MISSING",
    "scope tasks:write is missing",
  ]);
});

it("is asked about once in 30 seconds, however many calls carry it", async () => {
  await Promise.all(Array.from({ length: 20 }, () => call()));
  pass(29_999);
  await call();
  expect(fixture.identity.resolved).toEqual([secret]);
  pass(1);
  await call();
  expect(fixture.identity.resolved).toEqual([secret, secret]);
});

it("opens nothing 30 seconds after it was revoked [R090]", async () => {
  await call();
  const metadata = { user_id: userId };
  fixture.identity.personal.set(
    secret,
    domainError(ErrorReason.CREDENTIALS_INVALID, "revoked", { metadata }),
  );
  pass(30_000);
  const { status, body, headers } = await call();
  expect([status, reasonIn(body), headers.get("www-authenticate")]).toEqual([
    401,
    "CREDENTIALS_INVALID",
    "Bearer",
  ]);
  await until(() => fixture.refusals.length === 1);
  expect(fixture.refusals[0]).toMatchObject({ userId, reason: "CREDENTIALS_INVALID" });
  expect(JSON.stringify(body)).not.toContain(userId);
});

it("opens nothing once its time is over, also when it was just used", async () => {
  const expireTime = timestampFromDate(new Date(fixture.clock.now.getTime() + 10_000));
  fixture.identity.personal.set(secret, { userId, scopes: ["tasks:read"], expireTime });
  expect((await call()).status).toBe(200);
  pass(10_000);
  expect(await reasonOf()).toBe("CREDENTIALS_EXPIRED");
  const over = personalToken(randomBytes(32));
  fixture.identity.personal.set(over, domainError(ErrorReason.CREDENTIALS_EXPIRED, "over"));
  expect(await reasonOf(over)).toBe("CREDENTIALS_EXPIRED");
  await until(() => fixture.refusals.length === 2);
  expect(fixture.refusals.map((refusal) => refusal.userId)).toEqual([userId, ""]);
});

it("that is none is refused from memory for five seconds, then asked about again", async () => {
  const unknown = personalToken(randomBytes(32));
  for (let i = 0; i < 5; i++) expect(await reasonOf(unknown)).toBe("CREDENTIALS_INVALID");
  expect(fixture.identity.resolved).toEqual([unknown]);
  fixture.identity.personal.set(unknown, { userId, scopes: ["tasks:read"] });
  pass(5_000);
  expect((await call(unknown)).status).toBe(200);
});

it("with a mistyped character is refused without asking anybody", async () => {
  for (const wrong of ["todo_pat_", `${secret}x`, `${secret.slice(0, 20)}~${secret.slice(21)}`]) {
    expect(await reasonOf(wrong)).toBe("CREDENTIALS_INVALID");
  }
  expect(fixture.identity.resolved).toEqual([]);
});

it("is not refused but UNAVAILABLE while identity is away, and good again at once when it is back", async () => {
  fixture.identity.failure = domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, "accounts are not available");
  const { status, body } = await call();
  expect([status, reasonIn(body)]).toEqual([503, "DEPENDENCY_UNAVAILABLE"]);
  fixture.identity.failure = undefined;
  expect((await call()).status).toBe(200);
});

it("never stands in the log [R104]", async () => {
  fixture.identity.failure = new Error(`broken at ${secret}`);
  expect((await call()).status).toBe(500);
  fixture.identity.failure = undefined;
  await call();
  await call(`${secret}x`);
  await until(() => fixture.logged().split("TaskService/GetTask").length > 3);
  expect(fixture.logged()).not.toContain(secret.slice(9));
});
