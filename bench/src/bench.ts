import type { Logger } from "@todo/kit/log";
import { compareCreate } from "./create/compare-create.ts";
import { compareMesh } from "./mesh/compare-mesh.ts";
import { compareMounts } from "./mount/compare-mounts.ts";
import type { Plan } from "./plan.ts";
import { compareReads } from "./read/compare-reads.ts";
import { comparePreview } from "./recurrence/compare-preview.ts";
import { measureRecurrence } from "./recurrence/measure-recurrence.ts";
import type { Comparison } from "./report/figure.ts";

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

const parts = [compareMounts, measureRecurrence, comparePreview, compareCreate, compareReads, compareMesh];

/** Measures one part after the other, each on ground of its own and alone on the machine. */
export async function runBench(bench: Bench, report: (line: string) => void): Promise<Comparison[]> {
  const found: Comparison[] = [];
  for (const part of parts) {
    bench.signal.throwIfAborted();
    const comparisons = [await part(bench)].flat();
    for (const { title } of comparisons) report(`${title}: measured`);
    found.push(...comparisons);
  }
  return found;
}
