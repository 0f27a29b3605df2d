import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { dataFolder } from "./data-folder.ts";
import { endLeftovers, launcherFile, runningLauncher } from "./process/leftovers.ts";
import { exists } from "./toolchain/cache.ts";

const prefix = "todo-local-";

/**
 * A data folder for one run, gone when it is disposed of. Those that killed runs left behind, with their processes, go
 * now.
 */
export async function temporaryDataFolder(): Promise<{ path: string } & AsyncDisposable> {
  await sweep();
  const path = await mkdtemp(join(tmpdir(), prefix));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix) || !(await isOurs(join(tmpdir(), name)))) continue;
    const folder = dataFolder(join(tmpdir(), name));
    // Without a launcher's pid file it is brand new, or about to go.
    if (!(await exists(launcherFile(folder.pids)))) continue;
    if ((await runningLauncher(folder.pids)) !== undefined) continue;
    await endLeftovers(folder.pids);
    await rm(folder.root, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Everybody may make folders there. The pid files in somebody else's must not tell us whom to stop. */
async function isOurs(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === userInfo().uid;
}
