import type { Completion } from "./known.ts";

/** Seconds that half, 95 in 100 and all of some took at most. */
export interface Spread {
  readonly half: number;
  readonly most95: number;
  readonly most: number;
}

/** How long each completion waited for its next occurrence, in milliseconds. */
export function waitsOf(completions: readonly Completion[]): number[] {
  return completions.flatMap(({ acknowledgedAt = 0, nextAt }) =>
    nextAt === undefined ? [] : [nextAt - acknowledgedAt],
  );
}

/** How long after a time all was there that followed from the completions before it, in milliseconds. */
export function recoveryFrom(time: number, completions: readonly Completion[]): number {
  const before = completions.filter(({ acknowledgedAt = time }) => acknowledgedAt < time);
  return Math.max(0, ...before.map(({ nextAt = time }) => nextAt - time));
}

/** @param times in milliseconds */
export function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.ceil(share * sorted.length) - 1] ?? 0) / 1_000;
  return { half: at(0.5), most95: at(0.95), most: at(1) };
}
