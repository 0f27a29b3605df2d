import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createLogger } from "./log.ts";
import { inBatches, startPeriodic } from "./periodic.ts";

const log = createLogger({ service: "test", level: "fatal" });

describe("periodic work", () => {
  it("runs one at a time: who asks while it runs waits for that run", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    const work = async () => {
      runs += 1;
      await gate.promise;
    };
    await using periodic = startPeriodic({ job: "empty-trash", onFailure: "x", everyMs: 1, log, work });
    const both = Promise.all([periodic.runNow(), periodic.runNow()]);
    vi.advanceTimersByTime(10);
    gate.resolve();
    await both;
    expect(runs).toBe(1);
    vi.advanceTimersByTime(1);
    expect(runs).toBe(2);
  });

  it("goes on after a failure", async () => {
    let runs = 0;
    const work = async () => {
      runs += 1;
      throw new Error("not this time");
    };
    await using periodic = startPeriodic({ job: "empty-trash", onFailure: "x", everyMs: 1, log, work });
    await expect.poll(() => runs, { timeout: 4_000 }).toBeGreaterThan(2);
    await expect(periodic.runNow()).resolves.toBeUndefined();
  });

  it("tells a run to end when it is stopped, and waits for it", async () => {
    let ended = false;
    const periodic = startPeriodic({
      job: "empty-trash",
      onFailure: "x",
      everyMs: 60_000,
      log,
      work: (signal) =>
        new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => {
            ended = true;
            resolve();
          });
        }),
    });
    void periodic.runNow();
    await periodic[Symbol.asyncDispose]();
    expect(ended).toBe(true);
  });
});

describe("work in batches", () => {
  it("ends with the first batch that is not full, or after the most batches", async () => {
    const { signal } = new AbortController();
    const left = [10, 10, 3, 10];
    expect(await inBatches({ size: 10, maxBatches: 9, signal }, async () => left.shift() ?? 0)).toBe(23);
    expect(await inBatches({ size: 10, maxBatches: 2, signal }, async (size) => size)).toBe(20);
  });
});
