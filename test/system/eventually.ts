import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again and again until the answer is there, and gives up loudly.
 *
 * A question that throws or answers `undefined` was asked too early.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  withinMs = 60_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  let last: unknown = "no answer";
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await pause(100);
  }
  throw new Error(`${what}: not within ${withinMs} ms`, { cause: last });
}
