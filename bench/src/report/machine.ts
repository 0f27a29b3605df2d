import { availableParallelism, loadavg, platform, totalmem } from "node:os";

/** What the figures were measured on, as far as it says nothing about whose it is. */
export interface Machine {
  cores: number;
  memoryGib: number;
  platform: string;
  node: string;
  /** How many processes wanted to run in the minute before: one that is not quiet makes figures rough. */
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
