import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Call } from "./closed-loop.ts";

/** Makes `perSecond * seconds` calls, evenly spread, whether or not those before are answered. Waits for all of them. */
export async function steadily(
  call: Call,
  { perSecond, seconds }: { perSecond: number; seconds: number },
  signal: AbortSignal,
): Promise<void> {
  const start = performance.now();
  const calls: Promise<void>[] = [];
  for (let number = 0; number < perSecond * seconds; number++) {
    const early = start + (number * 1_000) / perSecond - performance.now();
    if (early > 0) await sleep(early, undefined, { signal });
    signal.throwIfAborted();
    const made = call(number);
    // A failure is thrown below, when all were made.
    made.catch(() => undefined);
    calls.push(made);
  }
  await Promise.all(calls);
}
