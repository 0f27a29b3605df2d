import type { Contender } from "./rounds.ts";
import { median } from "./statistics.ts";

/** A contender of which it is known what its turns cost a process. */
export interface Costed extends Contender {
  /** The processor time of a call in microseconds: the median of the turns, but for the first, which warms up. */
  perCallUs(): number;
}

/** Counts the processor time that a process uses in a contender's turns. `cpuMs` says what it has used so far. */
export function costed(contender: Contender, cpuMs: () => Promise<number>): Costed {
  const turns: number[] = [];
  let calls = 0;
  let before: Promise<number> | undefined;
  return {
    name: contender.name,
    async call(place) {
      // The first call of a turn asks, for other turns may have cost the process something since the last one.
      before ??= cpuMs();
      await before;
      await contender.call(place);
      calls++;
    },
    async settle() {
      turns.push((1_000 * ((await cpuMs()) - ((await before) ?? 0))) / calls);
      calls = 0;
      before = undefined;
      await contender.settle?.();
    },
    perCallUs: () => median(turns.slice(1)),
  };
}
