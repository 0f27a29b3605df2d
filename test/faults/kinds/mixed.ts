import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";
import { seededRandom } from "../random.ts";

/** How far apart the beginnings of faults at once are at most, in milliseconds. */
const spreadMs = 5_000;

/** Chooses two or three faults for each round, of which none breaks what another one does. */
export function mixedRounds(candidates: readonly Fault[], rounds: number, seed: number): Fault[] {
  const random = seededRandom(seed);
  return Array.from({ length: rounds }, () => {
    const wanted = 2 + random.below(2);
    const parts: { fault: Fault; afterMs: number }[] = [];
    while (parts.length < wanted) {
      const free = candidates.filter((one) => !parts.some(({ fault }) => shareSomething(fault, one)));
      const fault = free[random.below(free.length)];
      if (fault === undefined) break;
      parts.push({ fault, afterMs: parts.length === 0 ? 0 : random.below(spreadMs) });
    }
    return atOnce(parts);
  });
}

function shareSomething(one: Fault, other: Fault): boolean {
  return one.breaks.some((name) => other.breaks.includes(name));
}

/** Faults that overlap, each after a time of its own. They end when the last of them does. */
export function atOnce(parts: readonly { fault: Fault; afterMs: number }[]): Fault {
  return {
    name: `at once: ${parts.map(({ fault }) => fault.name).join("; ")}`,
    kind: "at once",
    gatewayDies: parts.some(({ fault }) => fault.gatewayDies),
    breaks: parts.flatMap(({ fault }) => fault.breaks),
    async strike(bed) {
      const strikes = parts.map(async ({ fault, afterMs }) => {
        await sleep(afterMs);
        return fault.strike(bed);
      });
      // Nothing is left broken when one of them fails.
      const ends = await Promise.allSettled(strikes);
      for (const end of ends) if (end.status === "rejected") throw end.reason;
      return Math.max(...(await Promise.all(strikes)));
    },
  };
}
