import { randomUUID } from "node:crypto";
import { link, rename, rm } from "node:fs/promises";
import { readRunning, writePidFile } from "./pid-file.ts";

/**
 * Tries to make a pid file of this process. It fails if another process that still runs has made it; the file of one
 * that is gone counts for nothing.
 */
export async function claim(file: string, name: string): Promise<boolean> {
  const mine = `${file}.${randomUUID()}`;
  await writePidFile(mine, { name, pid: process.pid });
  try {
    if (await linked(mine, file)) return true;
    if ((await readRunning(file)) !== undefined) return false;
    await removeStale(file);
    return await linked(mine, file);
  } finally {
    await rm(mine, { force: true });
  }
}

/** Moves the file away before it is judged for good: meanwhile somebody else may have made it anew. */
async function removeStale(file: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  if (!(await done(rename(file, aside)))) return;
  if ((await readRunning(aside)) !== undefined) await linked(aside, file);
  await rm(aside, { force: true });
}

const linked = (from: string, to: string): Promise<boolean> => done(link(from, to));

function done(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
