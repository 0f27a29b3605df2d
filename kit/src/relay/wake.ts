/** A bell: rung any number of times, it ends one wait. A ring while nobody waits ends the next wait at once. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, after `ms`, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(ms, signal) {
      if (!rung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const done = () => {
            clearTimeout(timer);
            signal.removeEventListener("abort", done);
            resolve();
          };
          const timer = setTimeout(done, ms);
          signal.addEventListener("abort", done, { once: true });
          wake = done;
        });
        wake = undefined;
      }
      rung = false;
    },
  };
}

/** Runs `task` soon after it was asked for, once for all that asked meanwhile. A failure is `task`'s own affair. */
export function coalesced(task: () => Promise<void>, delayMs: number): () => void {
  let state: "idle" | "running" | "again" = "idle";
  const run = async () => {
    await task();
    if (state === "again") schedule();
    else state = "idle";
  };
  const schedule = () => {
    state = "running";
    setTimeout(() => void run(), delayMs).unref();
  };
  return () => {
    if (state === "idle") schedule();
    else if (state === "running") state = "again";
  };
}
