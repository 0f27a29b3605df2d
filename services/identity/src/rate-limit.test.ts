import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRateLimiter } from "./rate-limit.ts";

const rule = { max: 3, window: 60 };

describe("the limiter", () => {
  it("lets a burst through and refuses the next", () => {
    const limiter = createRateLimiter(() => 0);
    expect([1, 2, 3, 4].map(() => limiter.take("a", rule).allowed)).toEqual([true, true, true, false]);
  });

  it("says when to come back, and keeps the word", () => {
    let time = 0;
    const limiter = createRateLimiter(() => time);
    for (let n = 0; n < 3; n++) limiter.take("a", rule);
    const { retryAfter } = limiter.take("a", rule);
    expect(retryAfter).toBe(20);
    time += Number(retryAfter) * 1000;
    expect(limiter.take("a", rule).allowed).toBe(true);
    expect(limiter.take("a", rule).allowed).toBe(false);
  });

  it("never locks out a caller who keeps to the rate, however long", () => {
    let time = 0;
    const limiter = createRateLimiter(() => time);
    for (let n = 0; n < 1000; n++) {
      expect(limiter.take("office", rule).allowed).toBe(true);
      time += 20_000;
    }
  });

  it("keeps callers apart", () => {
    const limiter = createRateLimiter(() => 0);
    for (let n = 0; n < 3; n++) limiter.take("a", rule);
    expect(limiter.take("b", rule).allowed).toBe(true);
  });

  it("forgets the caller of longest ago when it holds too many", () => {
    const limiter = createRateLimiter(() => 0, { maxKeys: 2 });
    const once = { max: 1, window: 60 };
    for (const key of ["a", "b", "c"]) limiter.take(key, once);
    expect(limiter.take("c", once).allowed).toBe(false);
    expect(limiter.take("a", once).allowed).toBe(true);
  });

  it("never gives more than a burst and the refill of the time that passed", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 300 }),
        steps,
        (max, window, waits) => {
          let time = 0;
          const limiter = createRateLimiter(() => time);
          const given = waits.filter((wait) => {
            time += wait;
            return limiter.take("a", { max, window }).allowed;
          }).length;
          expect(given).toBeLessThanOrEqual(max + (time * max) / (window * 1000) + 1e-6);
        },
      ),
    );
  });
});
