import type { Rounds } from "./load/rounds.ts";

/** How much of everything is done. */
export interface Plan {
  echo: Rounds;
  create: Rounds;
  read: Rounds;
  /** Each of the five operations that others do as well. */
  peers: Rounds;
  idle: { restSeconds: number; seconds: number };
  hops: Rounds;
  /** One call at a time, which shows what a hop adds. */
  alone: Rounds;
  /** How often each recurrence rule is timed. */
  recurrenceRounds: number;
  delivery: Windows;
  /** Completions of tasks that repeat, by so many people. */
  series: Windows & { people: number };
}

/** Calls that are evenly spread, however long each takes. */
export interface Windows {
  windows: number;
  warmUpSeconds: number;
  perSecond: number;
  /** Of each window. */
  seconds: number;
}

/** However fast it goes, no turn makes more calls than this. */
const most = { echo: 500_000, create: 50_000, read: 50_000, peers: 10_000, hops: 2_500, alone: 500 };

/** Each turn long enough for a steady figure; about twelve minutes in all. */
export const fullPlan: Plan = planOf({ turnMs: 3_000, warmUpMs: 8_000, windowSeconds: 5 });

/** Enough to see that everything works, and roughly where the figures are; about four minutes. */
export const quickPlan: Plan = planOf({ turnMs: 600, warmUpMs: 1_200, windowSeconds: 2 });

function planOf(o: { turnMs: number; warmUpMs: number; windowSeconds: number }): Plan {
  const { turnMs, warmUpMs } = o;
  const rounds = (inFlight: number, maxCalls: number, ms: number, warmMs: number): Rounds => ({
    rounds: 5,
    load: { inFlight, ms, maxCalls },
    warmUp: { inFlight, ms: warmMs, maxCalls },
  });
  return {
    echo: rounds(64, most.echo, turnMs, warmUpMs / 2),
    create: rounds(16, most.create, turnMs, warmUpMs),
    read: rounds(16, most.read, turnMs / 2, warmUpMs / 2),
    peers: rounds(16, most.peers, turnMs / 2, warmUpMs / 2),
    idle: { restSeconds: o.windowSeconds * 4, seconds: o.windowSeconds * 4 },
    hops: rounds(16, most.hops, turnMs, warmUpMs / 2),
    alone: rounds(1, most.alone, turnMs / 3, turnMs / 6),
    recurrenceRounds: o.windowSeconds * 10,
    delivery: { windows: 5, warmUpSeconds: 2, perSecond: 100, seconds: o.windowSeconds },
    series: {
      windows: 5,
      warmUpSeconds: o.windowSeconds * 2,
      perSecond: 20,
      seconds: o.windowSeconds * 3,
      people: 60,
    },
  };
}
