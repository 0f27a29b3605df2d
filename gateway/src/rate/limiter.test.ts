import { RateClass } from "@todo/kit/policy";
import { describe, expect, it } from "vitest";
import type { Caller } from "#src/call.ts";
import { createRateLimiter } from "#src/rate/limiter.ts";

const rates = {
  address: { all: 20, read: 20, write: 20, expensive: 3, auth: 5 },
  user: { all: 10, read: 10, write: 6, expensive: 2, auth: 10 },
  programs: 4,
};
const person: Caller = {
  userId: "a",
  actor: "person",
  scopes: [],
  zone: "UTC",
  locale: "en",
  program: false,
};
const program: Caller = { ...person, program: true };

/** How many calls of one kind pass before the first that does not. */
function passing(call: () => { refusal?: Error }): number {
  let passed = 0;
  while (passed < 1000 && call().refusal === undefined) passed += 1;
  return passed;
}

describe("a rate limiter", () => {
  const limiter = () => createRateLimiter(rates, () => new Date(0));

  it.each([
    ["READ", RateClass.READ, 10],
    ["WRITE", RateClass.WRITE, 6],
    ["EXPENSIVE", RateClass.EXPENSIVE, 2],
    ["no", RateClass.UNSPECIFIED, 6],
  ])(
    "lets a user make as many calls of class %s as the class and all together have room for",
    (_, rateClass, n) => {
      const { caller } = limiter();
      expect(passing(() => caller(person, rateClass))).toBe(n);
    },
  );

  it("counts every class towards the whole, and what it refuses towards nothing", () => {
    const { caller } = limiter();
    expect(passing(() => caller(person, RateClass.WRITE))).toBe(6);
    for (let n = 0; n < 50; n++) caller(person, RateClass.WRITE);
    expect(passing(() => caller(person, RateClass.READ))).toBe(4);
  });

  it("gives the programs of a user a part of the user's quota and leaves the rest to the person", () => {
    const { caller } = limiter();
    expect(passing(() => caller(program, RateClass.READ))).toBe(4);
    expect(passing(() => caller(person, RateClass.READ))).toBe(6);
  });

  it("keeps users apart, and addresses", () => {
    const { caller, address } = limiter();
    expect(passing(() => caller(person, RateClass.READ))).toBe(10);
    expect(passing(() => caller({ ...person, userId: "b" }, RateClass.READ))).toBe(10);
    expect(passing(() => address("10.0.0.1", RateClass.AUTH))).toBe(5);
    expect(passing(() => address("10.0.0.2", RateClass.READ))).toBe(20);
  });

  it("names the quota that was used up and the time until it has room", () => {
    const { address } = limiter();
    passing(() => address("10.0.0.1", RateClass.EXPENSIVE));
    const { refusal, rooms } = address("10.0.0.1", RateClass.EXPENSIVE);
    expect(refusal).toMatchObject({ retryAfterMs: 20_000, metadata: { quota: "address-expensive" } });
    expect(rooms.map(({ quota, remaining }) => [quota.name, remaining])).toEqual([
      ["address", 17],
      ["address-expensive", 0],
    ]);
  });
});
