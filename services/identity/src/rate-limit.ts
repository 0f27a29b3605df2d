/** At most `max` at once, refilled evenly so that `max` more fit into every `window` seconds. */
export interface RateRule {
  max: number;
  window: number;
}

export interface RateLimiter {
  /** Takes one from the allowance of `key`, or says after how many seconds there is one again. */
  take(key: string, rule: RateRule): { allowed: boolean; retryAfter: number | null };
}

/**
 * A limiter in the memory of this process (GCRA, the leaky bucket of ITU-T I.371): one number per key.
 *
 * With several replicas each has its own, so the effective limit grows with them. Beyond `maxKeys` the key that was
 * used longest ago is forgotten.
 */
export function createRateLimiter(
  now: () => number = Date.now,
  { maxKeys = 50_000 }: { maxKeys?: number } = {},
): RateLimiter {
  const fullAgainAt = new Map<string, number>();
  return {
    take(key, { max, window }) {
      const time = now();
      const price = (window * 1000) / max;
      const after = Math.max(fullAgainAt.get(key) ?? 0, time) + price;
      const excess = after - time - window * 1000;
      // Steps of a fraction of a millisecond add up to a rounding error that must not cost the last one.
      if (excess > 0.001) return { allowed: false, retryAfter: Math.ceil(excess / 1000) };
      fullAgainAt.delete(key);
      fullAgainAt.set(key, after);
      if (fullAgainAt.size > maxKeys) forgetOldest(fullAgainAt);
      return { allowed: true, retryAfter: null };
    },
  };
}

function forgetOldest(keys: Map<string, number>): void {
  for (const key of keys.keys()) {
    keys.delete(key);
    return;
  }
}
