import { describe, expect, it } from "vitest";
import { createBucket } from "#src/rate/bucket.ts";

function setUp(perMinute: number) {
  const clock = { now: new Date("2026-11-21T12:00:00Z") };
  const bucket = createBucket({ name: "test", perMinute }, () => clock.now);
  const pass = (ms: number) => {
    clock.now = new Date(clock.now.getTime() + ms);
  };
  /** Takes as many as fit. */
  const drain = (key: string) => {
    let taken = 0;
    while (bucket.waitMs(key) === 0) {
      bucket.take(key);
      taken += 1;
    }
    return taken;
  };
  return { bucket, pass, drain };
}

describe("a bucket", () => {
  it.each([1, 7, 60, 100, 1000])(
    "holds exactly %i calls, and all of them again a minute later",
    (perMinute) => {
      const { pass, drain } = setUp(perMinute);
      expect(drain("a")).toBe(perMinute);
      pass(60_000);
      expect(drain("a")).toBe(perMinute);
    },
  );

  it.each([7, 60, 1000])(
    "of %i says when the next call fits, and it does then and no millisecond earlier",
    (n) => {
      const { bucket, pass, drain } = setUp(n);
      drain("a");
      const wait = Math.ceil(bucket.waitMs("a"));
      pass(wait - 1);
      expect(bucket.waitMs("a")).toBeGreaterThan(0);
      pass(1);
      expect(bucket.waitMs("a")).toBe(0);
    },
  );

  it("never lets more than one and a bit of its quota pass in a minute of steady calls", () => {
    const { bucket, pass, drain } = setUp(100);
    drain("a");
    let taken = 0;
    for (let ms = 0; ms < 60_000; ms += 50) {
      pass(50);
      if (bucket.waitMs("a") > 0) continue;
      bucket.take("a");
      taken += 1;
    }
    expect(taken).toBe(100);
  });

  it("keeps keys apart", () => {
    const { drain } = setUp(3);
    expect([drain("a"), drain("b"), drain("a")]).toEqual([3, 3, 0]);
  });

  it("shows what is left and when it is free again: all of it, or one call where none fits", () => {
    const { bucket, drain } = setUp(60);
    bucket.take("a");
    bucket.take("a");
    expect(bucket.room("a")).toMatchObject({ remaining: 58, resetMs: 2000 });
    drain("a");
    expect(bucket.room("a")).toMatchObject({ remaining: 0, resetMs: 1000 });
    expect(bucket.room("b")).toMatchObject({ remaining: 60, resetMs: 0 });
  });

  it("locks nobody out when the clock is set back", () => {
    const { bucket, pass, drain } = setUp(60);
    drain("a");
    pass(-3_600_000);
    expect(bucket.waitMs("a")).toBe(1000);
    pass(1000);
    expect(bucket.waitMs("a")).toBe(1000);
    pass(3_600_000);
    expect(bucket.waitMs("a")).toBe(0);
  });

  it("forgets the keys used least recently, not the one that calls all the time", () => {
    const { bucket } = setUp(1000);
    for (let n = 0; n < 70_000; n++) {
      bucket.take(`visitor ${n}`);
      if (n % 100 === 0) bucket.take("busy");
    }
    expect(bucket.room("busy").remaining).toBe(300);
    expect(bucket.room("visitor 0").remaining).toBe(1000);
    expect(bucket.room("visitor 69999").remaining).toBe(999);
  });
});
