import type { SoakBed } from "../soak/bed.ts";

/** How often each job of each service ran, and how often it failed. */
export interface JobRuns {
  /** By `app/job`. */
  readonly succeeded: ReadonlyMap<string, number>;
  readonly failed: ReadonlyMap<string, number>;
}

export async function jobRuns(bed: SoakBed): Promise<JobRuns> {
  const runs = { succeeded: new Map<string, number>(), failed: new Map<string, number>() };
  for (const [app, url] of bed.metrics) {
    const text = await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text();
    for (const [, labels = "", count] of text.matchAll(/^periodic_runs_total\{(.*)\} (\d+)/gm)) {
      const [, job] = /job="([^"]*)"/.exec(labels) ?? [];
      const outcome = labels.includes('outcome="failed"') ? runs.failed : runs.succeeded;
      outcome.set(`${app}/${job}`, Number(count));
    }
  }
  return runs;
}
