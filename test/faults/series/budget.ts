/** Hands out how often something may still be done: as much as was allowed so far, and no more than there is in all. */
export interface Budget {
  /** Waits for leave. False: everything was handed out. */
  take(): Promise<boolean>;
  /** Allows so many more. */
  allow(count: number): void;
  /** Whether everything that was allowed so far was handed out. */
  readonly spent: boolean;
}

export function budgetOf(total: number): Budget {
  let [allowed, taken] = [0, 0];
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
    allow(count) {
      allowed = Math.min(total, allowed + count);
      change.resolve();
      change = Promise.withResolvers();
    },
  };
}
