import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { startOf } from "./identity.ts";
import { type PidRecord, readRunning, runningIn } from "./pid-file.ts";
import { isGround } from "./stop-order.ts";
import { eventually } from "./wait.ts";

/** The pid file of the launcher that owns a data folder. It is not one of its children, so it lies beside them. */
export const launcherFile = (pids: string): string => join(pids, "launcher");

/** The launcher that runs on a data folder now, if there is one. */
export const runningLauncher = (pids: string): Promise<PidRecord | undefined> =>
  readRunning(launcherFile(pids));

/**
 * Ends what a killed launcher left behind, in the usual order, and by force what does not end by itself.
 * A recycled pid is never touched: pid files carry the start time of their process.
 * @returns the names of the processes it ended
 */
export async function endLeftovers(pids: string): Promise<string[]> {
  const left = await runningIn(pids);
  await end(left.filter(({ name }) => !isGround(name)));
  await end(left.filter(({ name }) => isGround(name)));
  for (const file of await readdir(pids).catch(() => [])) {
    if (file.endsWith(".pid")) await rm(join(pids, file), { force: true });
  }
  return left.map((record) => record.name);
}

/** Ends at once, by force, every process of a pid folder. */
export async function killRecorded(pids: string): Promise<void> {
  for (const { pid } of await runningIn(pids)) signal(pid, "SIGKILL");
}

async function end(records: readonly PidRecord[]): Promise<void> {
  const alive = async () => (await Promise.all(records.map(still))).filter((record) => record !== undefined);
  for (const record of await alive()) signal(record.pid, record.stopSignal);
  const gone = async () => {
    if ((await alive()).length > 0) throw new Error("they still run");
  };
  await eventually("leftovers end", gone, { within: 15_000 }).catch(async () => {
    for (const record of await alive()) signal(record.pid, "SIGKILL");
    await eventually("leftovers end", gone, { within: 5_000 });
  });
}

async function still(record: PidRecord): Promise<PidRecord | undefined> {
  return (await startOf(record.pid)) === record.start ? record : undefined;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}
