import { type Admission, createAdmission } from "#src/admission.ts";

export interface AdaptiveAdmission extends Admission {
  /** How many may be at work now. */
  readonly limit: number;
  /** Told how long the services took for a call, in milliseconds. */
  took(ms: number): void;
}

export interface AdaptiveOptions {
  /** The limits of the limit. */
  fewest: number;
  most: number;
  /** How long the services may take before there are too many calls for them. Milliseconds. */
  targetMs: number;
  now: () => number;
}

/** With how many it begins, and which part of the limit is left after calls took too long. */
const [first, left] = [128, 0.8];

/**
 * Admits as many calls as are answered in time, so that what is too much is refused at once instead of waiting until its
 * caller has given up. While calls take longer than the target the limit falls, once within that time; while they do
 * not and are many, it rises by one each time that as many were answered.
 *
 * Only the time of the services counts: how slowly a caller sends and reads is no reason to refuse others.
 */
export function createAdaptiveAdmission({ fewest, most, targetMs, now }: AdaptiveOptions): AdaptiveAdmission {
  const all = createAdmission(most);
  const least = Math.min(fewest, most);
  let limit = Math.min(Math.max(first, least), most);
  let cutAt = Number.NEGATIVE_INFINITY;
  return {
    get size() {
      return all.size;
    },
    get limit() {
      return Math.floor(limit);
    },
    enter: () => (all.size < Math.floor(limit) ? all.enter() : undefined),
    took(ms) {
      if (ms <= targetMs) {
        if (all.size >= limit / 2) limit = Math.min(most, limit + 1 / limit);
      } else if (now() - cutAt >= targetMs) {
        limit = Math.max(least, limit * left);
        cutAt = now();
      }
    },
  };
}
