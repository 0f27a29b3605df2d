import { performance } from "node:perf_hooks";
import { median } from "#src/load/statistics.ts";

/** How long each of several pieces of work takes, in microseconds: the median of so many rounds over all of them. */
export function timed(
  works: readonly (() => unknown)[],
  { rounds, signal }: { rounds: number; signal: AbortSignal },
): number[] {
  const warmUp = 3;
  const took = works.map((): number[] => []);
  for (let round = -warmUp; round < rounds; round++) {
    signal.throwIfAborted();
    works.forEach((work, index) => {
      const from = performance.now();
      work();
      if (round >= 0) took[index]?.push(1_000 * (performance.now() - from));
    });
  }
  return took.map(median);
}
