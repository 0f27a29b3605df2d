/** Hands out how often something may still be done: as much as was allowed so far, and no more than there is in all. */
export interface Budget {
  /** Waits for leave. False: everything was handed out. */
  take(): Promise<boolean>;
  /** Allows so many more. */
  allow(count: number): void;
  /** Gives no more leave, and lets whoever waits for it go. */
  end(): void;
  /** Whether everything that was allowed so far was handed out. */
  readonly spent: boolean;
}

export function budgetOf(most: number): Budget {
  let [allowed, taken, total] = [0, 0, most];
  let change = Promise.withResolvers<void>();
  return {
    async take() {
      while (taken >= allowed && taken < total) await change.promise;
      if (taken >= total) return false;
      taken += 1;
      if (taken === total) change.resolve();
      return true;
    },
    get spent() {
      return taken >= allowed;
    },
    end() {
      total = taken;
      change.resolve();
    },
    allow(count) {
      allowed = Math.min(total, allowed + count);
      change.resolve();
      change = Promise.withResolvers();
    },
  };
}
