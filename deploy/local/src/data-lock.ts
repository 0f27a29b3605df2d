import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import type { DataFolder } from "./data-folder.ts";
import { claim } from "./process/claim.ts";
import { endLeftovers, launcherFile, runningLauncher } from "./process/leftovers.ts";
import type { Report } from "./toolchain/cache.ts";

/** The layout of data folders that this code makes. A change of it comes with a step that migrates older ones. */
const layout = 1;

/**
 * Takes a data folder for this launcher: refuses if another runs on it, ends what a killed one left behind, and checks
 * who made the folder. Disposing gives it back.
 */
export async function takeDataFolder(folder: DataFolder, report: Report): Promise<AsyncDisposable> {
  await mkdir(folder.root, { recursive: true });
  // Of root's folders Postgres gets its own under another account, which has to pass through this one.
  await chmod(folder.root, process.getuid?.() === 0 ? 0o711 : 0o700);
  for (const part of [folder.pids, folder.logs, folder.secrets, folder.dapr, folder.kafka]) {
    await mkdir(part, { recursive: true, mode: 0o700 });
  }
  const file = launcherFile(folder.pids);
  if (!(await claim(file, "launcher"))) {
    const other = await runningLauncher(folder.pids);
    throw new Error(
      `a system runs on ${folder.root} already (process ${other?.pid ?? "unknown"}): stop that one first`,
    );
  }
  const release = { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
  try {
    const ended = await endLeftovers(folder.pids);
    if (ended.length > 0) report(`Ended what an earlier launcher left behind: ${ended.join(", ")}`);
    await checkVersion(folder);
    return release;
  } catch (error) {
    await release[Symbol.asyncDispose]();
    throw error;
  }
}

async function checkVersion(folder: DataFolder): Promise<void> {
  const text = await readFile(folder.version, "utf8").catch(() => undefined);
  const made = text === undefined ? layout : Number((JSON.parse(text) as { layout?: unknown }).layout);
  if (made > layout || !Number.isInteger(made)) {
    throw new Error(
      `${folder.root} was made by a newer version of todo (layout ${made}): update, or npm run reset`,
    );
  }
  await writeFile(folder.version, `${JSON.stringify({ layout })}\n`);
}
