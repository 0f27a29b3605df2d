import { describeDeath, type ManagedProcess } from "../process/managed-process.ts";
import { messageOf } from "../process/wait.ts";
import { startLocalSystem } from "../system.ts";
import { temporaryDataFolder } from "../temporary-folder.ts";
import type { Report } from "../toolchain/cache.ts";
import type { Journey } from "./journey.ts";
import { steps } from "./steps.ts";

/**
 * Starts a system of its own, on free ports and temporary data, walks the smoke journey and takes everything away.
 * @returns the exit code
 */
export async function check(o: {
  environment: Readonly<Record<string, string | undefined>>;
  report: Report;
  /** Listens for the wish to stop a run on a data folder. */
  listen: (folder: string) => { readonly signal: AbortSignal };
}): Promise<number> {
  await using folder = await temporaryDataFolder();
  const stop = o.listen(folder.path).signal;
  const { environment, report } = o;
  const onDeath = (death: Parameters<typeof describeDeath>[0]) => report(describeDeath(death));
  const started = { dataDir: folder.path, environment, report, onDeath, signal: stop };
  let processes: readonly ManagedProcess[] = [];
  try {
    await using system = await startLocalSystem(started);
    processes = [...system.processes.values()];
    await walk({ system }, report, stop);
  } catch (error) {
    report(`FAILED: ${messageOf(error)}`);
    return 1;
  }
  const left = processes.filter(({ running }) => running).map(({ name }) => name);
  if (left.length === 0) report("All well; everything has stopped");
  else report(`FAILED: these still run: ${left.join(", ")}`);
  return left.length === 0 ? 0 : 1;
}

async function walk(journey: Journey, report: Report, stop: AbortSignal): Promise<void> {
  for (const { sentence, run } of steps) {
    stop.throwIfAborted();
    await run(journey).catch((error: unknown) => {
      throw new Error(`${sentence}: ${messageOf(error)}`, { cause: error });
    });
    report(`ok: ${sentence}`);
  }
}
