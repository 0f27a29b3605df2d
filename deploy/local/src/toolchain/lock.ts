import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { claim } from "../process/claim.ts";

const patienceMs = 30 * 60_000;

/**
 * Runs work that only one process of this machine should do at a time. Others wait, at most half an hour; the lock of
 * a process that is gone counts for nothing. (Two that take such a lock away at the same moment may both work: what
 * the work makes must bear that.)
 */
export async function withLock(file: string, work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await claim(file, "lock"))) {
    if (Date.now() > deadline)
      throw new Error(`${file} has been held for half an hour; remove it if nobody works`);
    await sleep(500);
  }
  try {
    await work();
  } finally {
    await rm(file, { force: true });
  }
}
