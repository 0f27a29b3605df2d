import type { Sample } from "#src/load/closed-loop.ts";
import { ratio, typical } from "#src/load/rounds.ts";
import type { Comparison } from "./figure.ts";

/** The table of a comparison: each contender's medians, and its speed as a ratio to one of them. */
export function linesOf(samples: ReadonlyMap<string, readonly Sample[]>, base: string): Comparison["lines"] {
  const rows = [...samples].map(([name, own]) => {
    const { perSecond, p50Ms, p95Ms } = typical(own);
    const share = ratio(samples, name, base).toFixed(2);
    return { name, cells: [share, perSecond.toFixed(0), p50Ms.toFixed(2), p95Ms.toFixed(2)] };
  });
  return { heads: ["Ratio", "Calls/s", "p50 ms", "p95 ms"], rows };
}
