import { exportJWK, generateKeyPair, type JWK } from "jose";
import { beforeEach, expect, it } from "vitest";
import { createKeySet, type KeySet } from "#src/auth/jwks.ts";

let now: number;
let fetched: number;
let failures: number;
let published: JWK[];
let broken: Error | undefined;
let set: KeySet;

async function key(kid: string): Promise<JWK> {
  const { publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  return { ...(await exportJWK(publicKey)), kid, alg: "EdDSA" };
}

const find = (kid: string) => set.find({ alg: "EdDSA", kid }, { payload: "", signature: "" });
const pass = (ms: number) => {
  now += ms;
};

beforeEach(async () => {
  now = Date.parse("2026-01-01T00:00:00Z");
  fetched = 0;
  failures = 0;
  published = [await key("a")];
  broken = undefined;
  set = createKeySet({
    fetch: async () => {
      fetched += 1;
      if (broken) throw broken;
      return { keys: published };
    },
    now: () => new Date(now),
    onFailure: () => {
      failures += 1;
    },
  });
});

it("is fetched once for all who ask at the same time, and kept for ten minutes", async () => {
  await Promise.all([find("a"), find("a"), find("a")]);
  pass(599_999);
  await find("a");
  expect(fetched).toBe(1);
  pass(1);
  await find("a");
  expect(fetched).toBe(2);
});

it("is fetched anew for a key that it does not hold, at most every 30 seconds", async () => {
  await find("a");
  published.push(await key("b"));
  await expect(find("b")).rejects.toThrow();
  expect(fetched).toBe(1);
  pass(30_000);
  await find("b");
  expect(fetched).toBe(2);
  await Promise.allSettled(Array.from({ length: 50 }, (_, i) => find(`unknown ${i}`)));
  expect(fetched).toBe(2);
});

it("lets those who ask for a new key at the same time wait for the same fetch", async () => {
  await find("a");
  published.push(await key("b"));
  pass(30_000);
  await Promise.all([find("b"), find("b"), find("b")]);
  expect(fetched).toBe(2);
});

it("stays the last good one while a new one cannot be had, and is asked for every 30 seconds", async () => {
  await find("a");
  broken = new Error("away");
  pass(600_000);
  for (let i = 0; i < 10; i++) await find("a");
  expect([fetched, failures]).toEqual([2, 1]);
  pass(30_000);
  await find("a");
  expect([fetched, failures]).toEqual([3, 2]);
});

it("does not put up with a set that is none", async () => {
  await find("a");
  published = "nonsense" as never;
  pass(600_000);
  await find("a");
  expect(failures).toBe(1);
});

it("fails with the reason while there never was one, and tries again after a second", async () => {
  broken = new Error("away");
  await expect(set.prime()).rejects.toThrow("away");
  await expect(find("a")).rejects.toThrow("away");
  expect(fetched).toBe(1);
  broken = undefined;
  pass(1000);
  await set.prime();
  await find("a");
  expect(fetched).toBe(2);
});
