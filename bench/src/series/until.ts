import { setTimeout as sleep } from "node:timers/promises";

/** How to look for something that comes by itself. */
export interface Looking {
  /** The pause before each look. */
  everyMs: number;
  /** How often to look before giving up. */
  mostLooks: number;
  signal: AbortSignal;
}

/**
 * Looks again and again until something is found.
 *
 * @throws Error after `mostLooks`.
 */
export async function until<T>(
  look: () => Promise<T | undefined>,
  { everyMs, mostLooks, signal }: Looking,
): Promise<{ found: T; looks: number }> {
  for (let looks = 1; looks <= mostLooks; looks++) {
    await sleep(everyMs, undefined, { signal });
    const found = await look();
    if (found !== undefined) return { found, looks };
  }
  throw new Error(`not there after ${mostLooks} looks`);
}
