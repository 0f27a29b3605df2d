import { describe, expect, it } from "vitest";
import { closedLoop } from "./closed-loop.ts";
import { costed } from "./processor-time.ts";
import { interleave, ratio, typical } from "./rounds.ts";
import { median, quantile } from "./statistics.ts";
import { steadily } from "./steady.ts";

const never = new AbortController().signal;
const load = { inFlight: 3, ms: 60_000, maxCalls: 10 };
const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("the statistics", () => {
  it("take the middle of all values, whatever their order", () => {
    expect(median([9, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it("take the value at the rank of a share", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(quantile(hundred, 0.95)).toBe(95);
    expect(quantile([7], 0.95)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe("the closed loop", () => {
  it("keeps as many calls under way as it was told, and makes no more than it may", async () => {
    let [underWay, most] = [0, 0];
    const places = new Set<number>();
    const sample = await closedLoop(
      async (place) => {
        places.add(place);
        most = Math.max(most, ++underWay);
        await turnOfTheLoop();
        underWay--;
      },
      load,
      never,
    );
    expect(sample.calls).toBe(10);
    expect(most).toBe(3);
    expect([...places].sort()).toEqual([0, 1, 2]);
  });

  it("fails with the first call that fails, and makes no further ones", async () => {
    let calls = 0;
    const call = async () => {
      calls++;
      await turnOfTheLoop();
      throw new Error("refused");
    };
    await expect(closedLoop(call, load, never)).rejects.toThrow("refused");
    expect(calls).toBe(3);
  });

  it("ends when it is told to", async () => {
    const stop = AbortSignal.abort(new Error("stopped"));
    await expect(closedLoop(turnOfTheLoop, load, stop)).rejects.toThrow("stopped");
  });
});

describe("the steady load", () => {
  it("makes all of its calls, also while earlier ones wait", async () => {
    const waiting = Promise.withResolvers<void>();
    let calls = 0;
    const call = () => {
      if (++calls === 20) waiting.resolve();
      return waiting.promise;
    };
    await steadily(call, { perSecond: 1_000, seconds: 0.02 }, never);
    expect(calls).toBe(20);
  });

  it("fails if one of its calls failed", async () => {
    const call = async (number: number) => {
      if (number === 1) throw new Error("refused");
    };
    await expect(steadily(call, { perSecond: 1_000, seconds: 0.003 }, never)).rejects.toThrow("refused");
  });
});

describe("the rounds", () => {
  const one = { ...load, inFlight: 1, maxCalls: 1 };

  it("give each contender its turns, another one first each time, and rest behind each turn", async () => {
    const seen: string[] = [];
    const contender = (name: string) => ({
      name,
      call: async () => void seen.push(name),
      settle: async () => void seen.push("rest"),
    });
    const rounds = { rounds: 2, load: one, warmUp: one };
    const samples = await interleave([contender("a"), contender("b")], rounds, never);
    expect(seen.filter((what) => what !== "rest")).toEqual(["a", "b", "a", "b", "b", "a"]);
    expect(seen.filter((_, index) => index % 2 === 1)).toEqual(Array(6).fill("rest"));
    expect(samples.get("a")).toHaveLength(2);
  });

  it("say whose call failed", async () => {
    const broken = { name: "b", call: () => Promise.reject(new Error("refused")) };
    await expect(interleave([broken], { rounds: 1, load: one, warmUp: one }, never)).rejects.toThrow(
      "b: a call failed",
    );
  });

  it("compare round by round, so that a slow round counts for both", () => {
    const of = (perSecond: number) => ({ calls: 1, perSecond, p50Ms: 1, p95Ms: 2 });
    const samples = new Map([
      ["a", [of(50), of(5), of(60)]],
      ["b", [of(100), of(10), of(100)]],
    ]);
    expect(ratio(samples, "a", "b")).toBe(0.5);
    expect(typical(samples.get("b") ?? [])).toEqual({ perSecond: 100, p50Ms: 1, p95Ms: 2 });
  });
});

describe("the processor time of a contender", () => {
  it("is that of a call in its own turns, without the turn that warms up", async () => {
    let usedMs = 100;
    const contender = (name: string, costMs: number) => ({
      name,
      call: async () => {
        usedMs += costMs;
      },
    });
    const own = costed(contender("a", 2), async () => usedMs);
    const rounds = {
      rounds: 3,
      load: { ...load, inFlight: 1 },
      warmUp: { ...load, inFlight: 1, maxCalls: 1 },
    };
    await interleave([own, contender("b", 70)], rounds, never);
    expect(own.perCallUs()).toBe(2_000);
  });
});
