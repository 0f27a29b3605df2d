import { readdir, readFile } from "node:fs/promises";
import { command } from "../../toolchain/command.ts";
import { type Process, processOf } from "./processes.ts";

/** How many bytes a page of memory has. */
export async function pageSize(environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  return Number(await command("getconf", ["PAGESIZE"], { cwd: "/", env: environment, within: 5_000 }));
}

/**
 * All processes of this machine, but for those that end meanwhile. Without the size of a page, their memory is unknown.
 */
export async function look(pageBytes = Number.NaN): Promise<Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")));
  return stats.filter((stat) => stat !== "").map((stat) => processOf(stat, pageBytes));
}
