import type { Logger } from "@todo/kit/log";
import { compareCreate } from "./create/compare-create.ts";
import { measureHostile } from "./hostile/measure-hostile.ts";
import { measureIdle } from "./idle/measure-idle.ts";
import { compareMesh } from "./mesh/compare-mesh.ts";
import { compareMounts } from "./mount/compare-mounts.ts";
import { comparePeers } from "./peers/compare-peers.ts";
import type { Plan } from "./plan.ts";
import { compareReads } from "./read/compare-reads.ts";
import { comparePreview } from "./recurrence/compare-preview.ts";
import { measureRecurrence } from "./recurrence/measure-recurrence.ts";
import type { Comparison } from "./report/figure.ts";
import { measureSeries } from "./series/measure-series.ts";

/** What every part of the benchmark is given. */
export interface Bench {
  plan: Plan;
  /** The launcher's environment: the search path and the cache folder. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Where the processes of the benchmark write their logs. */
  folder: string;
  log: Logger;
  /** Ends it. */
  signal: AbortSignal;
}

type Part = (bench: Bench) => Promise<Comparison | Comparison[]>;

const parts: ReadonlyMap<string, Part> = new Map<string, Part>([
  ["mounts", compareMounts],
  ["recurrence", measureRecurrence],
  ["preview", comparePreview],
  ["create", compareCreate],
  ["reads", compareReads],
  ["peers", comparePeers],
  ["idle", measureIdle],
  ["mesh", compareMesh],
  ["series", measureSeries],
  ["hostile", measureHostile],
]);

/** The parts of these names, or all. Throws if there is no such part. */
export function partsNamed(names: readonly string[]): Part[] {
  const all = [...parts.keys()];
  return (names.length === 0 ? all : names).map((name) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`there is no part ${name}; there are ${all.join(", ")}`);
    return part;
  });
}

/** Measures one part after the other, each on ground of its own and alone on the machine. */
export async function runBench(
  bench: Bench,
  o: { parts: readonly Part[]; report: (line: string) => void },
): Promise<Comparison[]> {
  const found: Comparison[] = [];
  for (const part of o.parts) {
    bench.signal.throwIfAborted();
    const comparisons = [await part(bench)].flat();
    for (const { title, unmeasured } of comparisons)
      o.report(`${title}: ${unmeasured === undefined ? "measured" : `not measured: ${unmeasured}`}`);
    found.push(...comparisons);
  }
  return found;
}
