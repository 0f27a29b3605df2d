import { readdir } from "node:fs/promises";

/** How many files, sockets and pipes a process has open (Linux); 0 for one that is gone. */
export async function openHandles(pid: number): Promise<number> {
  const open = await readdir(`/proc/${pid}/fd`).catch(() => []);
  return open.length;
}
