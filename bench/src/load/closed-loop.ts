import { performance } from "node:perf_hooks";
import { quantile } from "./statistics.ts";

/** How much load, and its two ends: whichever comes first. */
export interface Load {
  /** How many calls are under way at once: each place makes the next call when its last one is answered. */
  inFlight: number;
  ms: number;
  maxCalls: number;
}

export interface Sample {
  calls: number;
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
}

/** Makes one call; `place` says which of those under way at once it is. */
export type Call = (place: number) => Promise<void>;

/** Calls without a pause until the load ends. One call that fails fails it all: there is no speed to a wrong answer. */
export async function closedLoop(call: Call, load: Load, signal: AbortSignal): Promise<Sample> {
  const took: number[] = [];
  const start = performance.now();
  const failed = new AbortController();
  let begun = 0;
  const place = async (number: number) => {
    while (!failed.signal.aborted && begun < load.maxCalls && performance.now() - start < load.ms) {
      signal.throwIfAborted();
      begun++;
      const from = performance.now();
      await call(number).catch((error: unknown) => {
        failed.abort();
        throw error;
      });
      took.push(performance.now() - from);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: load.inFlight }, (_, number) => place(number)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  const seconds = (performance.now() - start) / 1_000;
  const calls = took.length;
  return { calls, perSecond: calls / seconds, p50Ms: quantile(took, 0.5), p95Ms: quantile(took, 0.95) };
}
