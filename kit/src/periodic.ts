import type { Logger } from "./log.ts";
import type { JobName } from "./metric-labels.ts";
import { counter } from "./metrics.ts";

const runs = counter("periodic_runs");

/** Work that is done again and again. */
export interface Periodic extends AsyncDisposable {
  /** Does it now, or waits for the run that is on its way. */
  runNow(): Promise<void>;
}

/** Some work, and how often it is done. */
export interface PeriodicWork {
  job: JobName;
  /** What the log calls a run that fails, such as `old answers were not swept`. */
  onFailure: string;
  everyMs: number;
  work(signal: AbortSignal): Promise<unknown>;
}

/**
 * Does some work every `everyMs`, one run at a time. A run that fails is logged and tried again at its next time;
 * several processes may run it at once, so the work must allow that. Disposing of it aborts `signal` and waits for the
 * run to end.
 */
export function startPeriodic(o: PeriodicWork & { log: Logger }): Periodic {
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  const runNow = (): Promise<void> => {
    running ??= o
      .work(stop.signal)
      .then(
        () => runs.add(1, { job: o.job, outcome: "succeeded" }),
        (error: unknown) => {
          runs.add(1, { job: o.job, outcome: "failed" });
          o.log.warn({ err: error }, o.onFailure);
        },
      )
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const timer = setInterval(() => void runNow(), o.everyMs);
  return {
    runNow,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stop.abort();
      await running;
    },
  };
}

/** Does a batch of work until one is not full, at most `maxBatches` times. Returns how much was done. */
export async function inBatches(
  o: { size: number; maxBatches: number; signal: AbortSignal },
  work: (size: number) => Promise<number>,
): Promise<number> {
  let total = 0;
  for (let round = 0; round < o.maxBatches && !o.signal.aborted; round++) {
    const done = await work(o.size);
    total += done;
    if (done < o.size) break;
  }
  return total;
}
