import { randomUUID } from "node:crypto";
import { settableClock } from "@todo/kit/testing/clock";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startIdentity, type TestIdentity } from "./harness.ts";

// The clock stands still, so that what fits into a moment does not depend on how fast the machine is.
const clock = settableClock();
let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity({ now: clock.now });
});
afterAll(() => identity[Symbol.asyncDispose]());
beforeEach(() => clock.advance(3_600_000));

/** An attempt that costs nothing to check and counts all the same. */
async function attempts(count: number, options: { address: string; headers?: Record<string, string> }) {
  const browser = identity.browser(options);
  const statuses: number[] = [];
  for (let n = 0; n < count; n++) {
    statuses.push(
      (await browser.post("/api/auth/sign-in/email", { email: "no address", password: "x" })).status,
    );
  }
  return statuses;
}

describe("the limit", () => {
  it("lets an office of a hundred sign in at the same moment from one address", async () => {
    const { email, password } = await identity.browser({ address: "203.0.113.5" }).signUp();
    const statuses: number[] = [];
    const colleague = async () => {
      const browser = identity.browser({ address: "192.0.2.10" });
      for (let n = 0; n < 10; n++) {
        statuses.push((await browser.post("/api/auth/sign-in/email", { email, password })).status);
      }
    };
    await Promise.all(Array.from({ length: 10 }, colleague));
    expect(statuses).toEqual(Array(100).fill(200));
  }, 180_000);

  it("stops the 301st attempt of one address, says when to come back, and means it", async () => {
    expect(await attempts(300, { address: "192.0.2.20" })).toEqual(Array(300).fill(400));
    const browser = identity.browser({ address: "192.0.2.20" });
    const refused = await browser.post("/api/auth/sign-in/email", { email: "no address", password: "x" });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    clock.advance(1_000);
    expect(await attempts(2, { address: "192.0.2.20" })).toEqual([400, 429]);
  });

  it("does not let one address use up the allowance of another", async () => {
    await attempts(301, { address: "192.0.2.30" });
    expect(await attempts(1, { address: "192.0.2.31" })).toEqual([400]);
  });

  it("cannot be escaped by a forged header", async () => {
    await attempts(300, { address: "192.0.2.40" });
    for (const name of [
      "x-forwarded-for",
      "x-real-ip",
      "forwarded",
      "x-todo-client-address",
      "cf-connecting-ip",
    ]) {
      expect(await attempts(1, { address: "192.0.2.40", headers: { [name]: "203.0.113.77" } })).toEqual([
        429,
      ]);
    }
  });

  it("counts the addresses of one IPv6 subscriber as one", async () => {
    await attempts(300, { address: "2001:db8:1:2::1" });
    expect(await attempts(1, { address: "2001:db8:1:2::ffff" })).toEqual([429]);
    expect(await attempts(1, { address: "2001:db8:1:3::1" })).toEqual([400]);
  });

  it("leaves what a session needs alone while sign-ins are stopped", async () => {
    const browser = identity.browser({ address: "192.0.2.50" });
    await browser.signUp();
    await attempts(301, { address: "192.0.2.50" });
    expect((await browser.get("/api/auth/token")).status).toBe(200);
  });

  it("leaves one fact for each password that was looked at, and none for those that were not [R160]", async () => {
    const { email } = await identity.browser({ address: "203.0.113.6" }).signUp();
    const before = (await identity.published()).length;
    const browser = identity.browser({ address: "192.0.2.60" });
    const guess = async () =>
      (await browser.post("/api/auth/sign-in/email", { email, password: randomUUID() })).status;
    for (const pauseMs of [...Array(10).fill(0), 1_000, 2_000]) {
      clock.advance(pauseMs);
      expect(await guess()).toBe(401);
    }
    for (let n = 0; n < 20; n++) expect(await guess()).toBe(429);
    const facts = (await identity.published()).slice(before);
    expect(facts.map(({ type }) => type)).toEqual(Array(12).fill("todo.audit.v1.SignInFailed"));
  });
});
