import { availableParallelism, loadavg, platform, totalmem } from "node:os";

/** What the figures were measured on, as far as it says nothing about whose it is. */
export interface Machine {
  cores: number;
  memoryGib: number;
  platform: string;
  node: string;
  /** How many processes wanted to run in the minute before. */
  load: number;
}

export function machine(): Machine {
  return {
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: platform(),
    node: process.versions.node,
    load: loadavg()[0] ?? 0,
  };
}

/** What to say of a machine that others were using, whose figures are too low or too high; else nothing. */
export function disquiet({ cores, load }: Machine): string | undefined {
  if (load < cores / 2) return undefined;
  return `The machine was not quiet before it (load ${load.toFixed(1)} on ${cores} cores), so the figures are rough.`;
}
