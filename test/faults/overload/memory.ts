import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { ManagedProcess } from "@todo/local/process/managed-process";

const run = promisify(execFile);

/** The most memory that each process was seen with, in MiB. */
export interface MemoryWatch {
  readonly most: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Looks once a second how much memory processes hold, until it is stopped. */
export function watchMemory(processes: readonly ManagedProcess[]): MemoryWatch {
  const stop = new AbortController();
  const most = new Map<string, number>();
  const watching = (async () => {
    while (!stop.signal.aborted) {
      for (const [name, mebibytes] of await residentOf(processes))
        most.set(name, Math.max(most.get(name) ?? 0, mebibytes));
      await sleep(1_000);
    }
  })();
  return {
    most,
    async stop() {
      stop.abort();
      await watching;
    },
  };
}

async function residentOf(processes: readonly ManagedProcess[]): Promise<Map<string, number>> {
  const names = new Map(processes.map(({ pid, name }) => [pid, name]));
  const { stdout } = await run("ps", ["-o", "pid=,rss=", "-p", [...names.keys()].join(",")]);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  return new Map(lines.map(([pid, kibibytes = 0]) => [names.get(pid) ?? "", kibibytes / 1_024]));
}
