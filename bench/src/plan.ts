import type { Rounds } from "./load/rounds.ts";

/** How much of everything is done. */
export interface Plan {
  echo: Rounds;
  create: Rounds;
  hops: Rounds;
  /** One call at a time, which shows what a hop adds. */
  alone: Rounds;
  delivery: { windows: number; warmUpSeconds: number; perSecond: number; seconds: number };
}

const most = { echo: 500_000, create: 50_000, hops: 2_500, alone: 500 };

/** Each round long enough for a steady figure; under six minutes in all. */
export const fullPlan: Plan = planOf({ rounds: 7, ms: 3_000, warmUpMs: 3_000, seconds: 5 });

/** Enough to see that everything works, and roughly where the figures are; under a minute and a half. */
export const quickPlan: Plan = planOf({ rounds: 5, ms: 500, warmUpMs: 1_000, seconds: 2 });

function planOf(o: { rounds: number; ms: number; warmUpMs: number; seconds: number }): Plan {
  const rounds = (inFlight: number, maxCalls: number): Rounds => ({
    rounds: o.rounds,
    load: { inFlight, ms: o.ms, maxCalls },
    warmUp: { inFlight, ms: o.warmUpMs, maxCalls },
  });
  return {
    echo: rounds(64, most.echo),
    create: rounds(16, most.create),
    hops: rounds(16, most.hops),
    alone: { ...rounds(1, most.alone), load: { inFlight: 1, ms: o.ms / 3, maxCalls: most.alone } },
    delivery: { windows: 5, warmUpSeconds: 2, perSecond: 100, seconds: o.seconds },
  };
}
