import { randomUUID } from "node:crypto";
import { kyselyOn, openPool, serviceUrl } from "@todo/kit/database";
import { settableClock } from "@todo/kit/testing/clock";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Attempts, createAttempts } from "../src/attempts.ts";
import { role, schema } from "../src/migrations.ts";
import { startIdentity, type TestIdentity } from "./harness.ts";

// The clock stands still, so that a pause does not depend on how fast the machine is.
const clock = settableClock();
let stack: AsyncDisposableStack;
let identity: TestIdentity;
let attempts: Attempts;
let email: string;

let addresses = 0;
/** An address from which nobody has come yet. */
const newAddress = () => `198.18.${Math.floor(++addresses / 200)}.${(addresses % 200) + 1}`;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  identity = stack.use(await startIdentity({ now: clock.now }));
  attempts = openAttempts();
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  clock.advance(2 * 3_600_000);
  email = `${randomUUID()}@todo.test`;
});

/** As another replica has them. */
function openAttempts(): Attempts {
  const { databaseUrl, databaseRolePassword, authSecret: secret } = identity.config;
  const url = serviceUrl(databaseUrl, role, databaseRolePassword);
  const pool = stack.adopt(openPool({ url, schema, size: 4, name: "test" }), (opened) => opened.end());
  return createAttempts({ database: kyselyOn(pool), secret, now: clock.now });
}

/** For how many milliseconds an attempt must wait. One that need not fails. */
async function wait(o: { email?: string; clientAddress?: string; on?: Attempts } = {}): Promise<number> {
  const { on = attempts, ...attempt } = o;
  return (await on.ask({ email, clientAddress: newAddress(), ...attempt })).waitMs;
}

async function waits(count: number, o: Parameters<typeof wait>[0] = {}): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n++) found.push(await wait(o));
  return found;
}

/** The pauses between attempts that each come as soon as they may. */
async function pauses(count: number, o: Parameters<typeof wait>[0] = {}): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n++) {
    const pause = await wait(o);
    found.push(pause);
    clock.advance(pause);
    expect(await wait(o)).toBe(0);
  }
  return found;
}

async function signInRight(clientAddress: string): Promise<void> {
  const { waitMs, charged } = await attempts.ask({ email, clientAddress });
  expect(waitMs).toBe(0);
  const [user] = await identity.sql(`select id from identity."user" limit 1`);
  const userId = user === undefined ? (await identity.browser().signUp()).id : String(user["id"]);
  await attempts.succeeded({ email, clientAddress, charged, userId });
}

const none = (count: number) => Array<number>(count).fill(0);

describe("guessing the password of one account", () => {
  it("is free ten times, then waits ever longer, and never longer than a minute [R160]", async () => {
    expect(await waits(10)).toEqual(none(10));
    const seconds = (await pauses(9)).map((ms) => ms / 1000);
    expect(seconds).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it("counts however the address is spelled, and what must wait not at all", async () => {
    expect(await waits(5)).toEqual(none(5));
    expect(await waits(5, { email: email.toUpperCase() })).toEqual(none(5));
    expect(await waits(20)).toEqual(Array(20).fill(1_000));
    expect(await pauses(2)).toEqual([1_000, 2_000]);
  });

  it("passes no more at once than one after the other", async () => {
    const found = await Promise.all(Array.from({ length: 30 }, () => wait()));
    expect(found.filter((ms) => ms === 0)).toHaveLength(10);
  });

  it("is remembered by another replica and over a restart", async () => {
    const replica = openAttempts();
    expect([...(await waits(5)), ...(await waits(5, { on: replica }))]).toEqual(none(10));
    expect([await wait(), await wait({ on: replica })]).toEqual([1_000, 1_000]);
  });

  it("begins anew after an hour of rest, and after the right password", async () => {
    await waits(10);
    clock.advance(3_600_001);
    expect(await waits(10)).toEqual(none(10));
    clock.advance(1_000);
    await signInRight(newAddress());
    expect(await waits(10)).toEqual(none(10));
  });

  it("keeps the owner out of nowhere that the owner signed in from before", async () => {
    const home = newAddress();
    await signInRight(home);
    await waits(10);
    expect(await wait()).toBe(1_000);
    for (let n = 0; n < 20; n++) await signInRight(home);
    expect(await wait()).toBe(0);
  });

  it("waits from the owner's own address too, if the guesses come from there", async () => {
    const home = newAddress();
    await signInRight(home);
    expect(await waits(11, { clientAddress: home })).toEqual([...none(10), 1_000]);
    expect(await wait()).toBe(0);
  });
});

describe("guessing from one address", () => {
  const guess = (clientAddress: string) => wait({ email: `${randomUUID()}@todo.test`, clientAddress });
  const guesses = async (times: number, clientAddress: string) => {
    const found: number[] = [];
    for (let n = 0; n < times; n++) found.push(await guess(clientAddress));
    return found;
  };

  it("is free a hundred times over all accounts, then waits, and only there [R160]", async () => {
    const address = newAddress();
    expect(await guesses(102, address)).toEqual([...none(100), 1_000, 1_000]);
    expect(await guess(newAddress())).toBe(0);
  });

  it("does not keep others out of the account that was asked for meanwhile", async () => {
    const address = newAddress();
    await guesses(100, address);
    expect(await waits(20, { clientAddress: address })).toEqual(Array(20).fill(1_000));
    expect(await wait()).toBe(0);
  });

  it("is not bought free by signing in to an own account in between", async () => {
    const address = newAddress();
    await guesses(98, address);
    for (let n = 0; n < 5; n++) await signInRight(address);
    expect(await guesses(3, address)).toEqual([0, 0, 1_000]);
  });

  it("counts the addresses of one IPv6 subscriber as one", async () => {
    await guesses(100, "2001:db8:7:7::1");
    expect(await guess("2001:db8:7:7::ffff")).toBe(1_000);
    expect(await guess("2001:db8:7:8::1")).toBe(0);
  });

  it("leaves an office alone whose people sign in with the right passwords", async () => {
    const address = newAddress();
    for (let n = 0; n < 120; n++) {
      email = `${randomUUID()}@todo.test`;
      await signInRight(address);
    }
    expect(await guess(address)).toBe(0);
  });
});

describe("signing in", () => {
  const signIn = async (password: string, o: { email?: string; address?: string } = {}) => {
    const browser = identity.browser({ address: o.address ?? newAddress() });
    const answer = await browser.post("/api/auth/sign-in/email", { email, password, ...o });
    const { status, text, headers } = answer;
    return { status, text, retryAfter: headers.get("retry-after") };
  };
  const fail = async (times: number, o: { email?: string } = {}) => {
    for (let n = 0; n < times; n++) expect((await signIn("not the one", o)).status).toBe(401);
  };

  it("says when to come back, alike whether the account exists or not", async () => {
    ({ email } = await identity.browser({ address: newAddress() }).signUp());
    const nobody = { email: `${randomUUID()}@todo.test` };
    await fail(10);
    await fail(10, nobody);
    const refused = await signIn("not the one");
    expect(refused).toMatchObject({ status: 429, retryAfter: "1" });
    expect(JSON.parse(refused.text)).toMatchObject({ code: "RATE_LIMITED" });
    expect(await signIn("not the one", nobody)).toEqual(refused);
  });

  it("tries no password while it must wait; the right one afterwards makes the address known", async () => {
    const home = { address: newAddress() };
    const user = await identity.browser({ address: newAddress() }).signUp();
    ({ email } = user);
    await fail(10);
    expect((await signIn(user.password, home)).status).toBe(429);
    clock.advance(1_000);
    expect((await signIn(user.password, home)).status).toBe(200);
    await fail(10);
    expect((await signIn(user.password)).status).toBe(429);
    expect((await signIn(user.password, home)).status).toBe(200);
  });

  it("is not counted when no password was looked at", async () => {
    const attempt = { email: "nobody@nowhere", clientAddress: newAddress() };
    for (let n = 0; n < 12; n++) {
      const browser = identity.browser({ address: attempt.clientAddress });
      const answer = await browser.post("/api/auth/sign-in/email", { ...attempt, password: "x" });
      expect(answer.status).toBe(400);
    }
    expect(await waits(10, attempt)).toEqual(none(10));
  });
});

describe("what is kept of attempts", () => {
  const count = async (condition = "true") =>
    Number((await identity.sql(`select count(*) from identity.attempt where ${condition}`))[0]?.["count"]);

  it("names no address and no account [R104]", async () => {
    await wait({ clientAddress: "198.51.100.77" });
    const [kept] = await identity.sql(`select string_agg(a::text, ' ') as text from identity.attempt a`);
    for (const text of [email, "198.51.100.77", Buffer.from(email).toString("hex")]) {
      expect(kept?.["text"]).not.toContain(text);
    }
  });

  it("is cleared away by later attempts when its time is over", async () => {
    const before = await count();
    clock.advance(100 * 24 * 3_600_000);
    for (let n = 0; n < before; n++) await wait({ email: `${n}@todo.test`, clientAddress: "198.51.100.78" });
    expect(await count(`forget_time < '${clock.now().toISOString()}'`)).toBe(0);
  });
});
