import { readFile } from "node:fs/promises";
import { type Process, treeOf } from "./processes.ts";

/**
 * The memory that a process and all that it started hold, in bytes: pages that several processes share are divided among
 * them (the proportional set size of proc(5)), so that the sum over all processes is what the machine gives.
 */
export async function proportionalBytes(root: number, all: readonly Process[]): Promise<number> {
  const sizes = await Promise.all(treeOf(root, all).map(({ pid }) => pssOf(pid)));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** 0 for a process that is gone. */
async function pssOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return 1_024 * Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
}
