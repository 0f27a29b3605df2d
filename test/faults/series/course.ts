import { eventually } from "../../system/eventually.ts";
import type { Bed } from "../bed.ts";
import type { CallLog } from "../calls.ts";
import { seededRandom } from "../random.ts";
import { budgetOf } from "./budget.ts";
import type { KnownSeries } from "./known.ts";
import { bringOn } from "./lane.ts";
import type { Person } from "./person.ts";
import { faultOf, type Round } from "./strikes.ts";

/** A run of series on through strikes. */
export interface Course {
  /** How many completions there are in all. */
  readonly completions: number;
  readonly seed: number;
  readonly rounds: readonly Round[];
  readonly people: readonly Person[];
  readonly known: readonly KnownSeries[];
  readonly log: CallLog;
}

const [patienceMs, shareMs] = [120_000, 30_000];

/**
 * Each round of strikes has its share of the completions, which begin with it. The next round does not wait until the
 * system has got over the last one, but until that share was begun.
 * @returns when each round of strikes ended, as of `performance.now()`
 */
export async function goThrough(bed: Bed, o: Course): Promise<number[]> {
  const { completions, rounds } = o;
  const budget = budgetOf(completions);
  const random = seededRandom(o.seed);
  const lanes = o.known.map((series) => {
    const person = o.people.find(({ id }) => id === series.userId);
    if (person === undefined) throw new Error("a series of nobody");
    const choices = seededRandom(random.below(2 ** 31));
    return bringOn({ person, series, budget, log: o.log, random: choices, patienceMs });
  });
  const ends: number[] = [];
  try {
    for (const round of rounds) {
      budget.allow(Math.ceil(completions / rounds.length));
      ends.push(await faultOf(round).strike(bed));
      await eventually("the share begun", async () => budget.spent || undefined, shareMs).catch(() => false);
    }
  } finally {
    budget.allow(completions);
    await Promise.all(lanes);
  }
  return ends;
}
