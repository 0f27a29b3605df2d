import type { Fault } from "../fault.ts";
import { atOnce } from "../kinds/mixed.ts";
import { died } from "../kinds/processes.ts";
import { seededRandom } from "../random.ts";

/** How many instances run of the apps that bring a series on. */
export const replicas = { recurrence: 3, task: 2 } as const;

/** A process that is to end, and is started again at once. */
export interface Strike {
  /** What sort of process it is, whichever of its instances. */
  readonly kind: string;
  readonly process: string;
  readonly signal: "SIGKILL" | "SIGTERM";
  /** How long after the round begins, in milliseconds. */
  readonly afterMs: number;
}

/** Strikes that overlap. */
export type Round = readonly Strike[];

const spreadMs = 3_000;
const signals = ["SIGKILL", "SIGTERM"] as const;

/**
 * Deals two or three strikes to each round. The kinds take turns, and within a kind every process and signal comes once
 * before any comes again, in an order that a seed chooses.
 */
export function planStrikes({ rounds, seed }: { rounds: number; seed: number }): Round[] {
  const random = seededRandom(seed);
  const decks = Object.entries(victims).map(([kind, processes]) => {
    const all = processes.flatMap((process) => signals.map((signal) => ({ kind, process, signal })));
    return shuffled(all, random.below);
  });
  let dealt = 0;
  const deal = (): Omit<Strike, "afterMs"> => {
    const deck = decks[dealt % decks.length] ?? [];
    const strike = deck[Math.floor(dealt / decks.length) % deck.length];
    if (strike === undefined) throw new Error("there is nothing to strike");
    dealt += 1;
    return strike;
  };
  return Array.from({ length: rounds }, () =>
    Array.from({ length: 2 + random.below(2) }, (_, n) => ({
      ...deal(),
      afterMs: n === 0 ? 0 : random.below(spreadMs),
    })),
  );
}

/** A round as what goes wrong at once. */
export function faultOf(round: Round): Fault {
  return atOnce(round.map(({ process, signal, afterMs }) => ({ fault: died(process, signal), afterMs })));
}

const victims: Readonly<Record<string, readonly string[]>> = {
  recurrence: instances("app", "recurrence"),
  "task's sidecar": instances("daprd", "task"),
  kafka: ["kafka"],
  "recurrence's sidecar": instances("daprd", "recurrence"),
  task: instances("app", "task"),
};

function instances(kind: "app" | "daprd", app: keyof typeof replicas): string[] {
  return Array.from({ length: replicas[app] }, (_, n) => `${kind}:${app}${n === 0 ? "" : `#${n + 1}`}`);
}

function shuffled<T>(all: readonly T[], below: (limit: number) => number): T[] {
  const drawn: T[] = [];
  const left = [...all];
  while (left.length > 0) drawn.push(...left.splice(below(left.length), 1));
  return drawn;
}
