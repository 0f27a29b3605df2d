import { setTimeout as sleep } from "node:timers/promises";
import type { Caller, Ending } from "./caller.ts";

/** What came of a load. */
export interface Tally {
  readonly endings: ReadonlyMap<Ending, number>;
  readonly offeredPerSecond: number;
  readonly donePerSecond: number;
}

/** As many calls at once as are told, each place making the next one when its last one has ended. */
export async function closedLoop(caller: Caller, o: { places: number; ms: number }): Promise<Tally> {
  const endings = new Map<Ending, number>();
  const from = performance.now();
  const place = async () => {
    while (performance.now() - from < o.ms) count(endings, await caller.call());
  };
  await Promise.all(Array.from({ length: o.places }, place));
  return tallyOf(endings, performance.now() - from);
}

/** Calls at a rate, whether those before have ended or not. */
export async function openLoop(caller: Caller, o: { perSecond: number; ms: number }): Promise<Tally> {
  const endings = new Map<Ending, number>();
  const from = performance.now();
  const running = new Set<Promise<void>>();
  for (let begun = 0; performance.now() - from < o.ms; ) {
    const due = ((performance.now() - from) / 1_000) * o.perSecond;
    for (; begun < due; begun++) {
      const call = caller.call().then((ending) => {
        count(endings, ending);
        running.delete(call);
      });
      running.add(call);
    }
    await sleep(5);
  }
  const lasted = performance.now() - from;
  // Those at work when the load ends count as well, over the time in which calls were offered.
  await Promise.all(running);
  return tallyOf(endings, lasted);
}

/** Which part of all calls ended so. */
export function shareOf({ endings }: Tally, ending: Ending): number {
  const all = [...endings.values()].reduce((sum, one) => sum + one, 0);
  return (endings.get(ending) ?? 0) / all;
}

function count(endings: Map<Ending, number>, ending: Ending): void {
  endings.set(ending, (endings.get(ending) ?? 0) + 1);
}

function tallyOf(endings: ReadonlyMap<Ending, number>, ms: number): Tally {
  const all = [...endings.values()].reduce((sum, one) => sum + one, 0);
  const perSecond = (calls: number) => (calls * 1_000) / ms;
  return { endings, offeredPerSecond: perSecond(all), donePerSecond: perSecond(endings.get("done") ?? 0) };
}
