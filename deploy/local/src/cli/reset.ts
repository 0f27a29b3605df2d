/** `npm run reset`: asks, then forgets everything below .data. `-- --yes` answers for who cannot be asked. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { dataFolder } from "../data-folder.ts";
import { endLeftovers, runningLauncher } from "../process/leftovers.ts";
import { repository } from "../repository.ts";
import { exists } from "../toolchain/cache.ts";

const folder = dataFolder(join(repository, ".data"));

async function reset(): Promise<number> {
  if (!(await exists(folder.root))) {
    console.log("There is nothing to forget.");
    return 0;
  }
  const launcher = await runningLauncher(folder.pids);
  if (launcher !== undefined) {
    console.error(`The system runs (process ${launcher.pid}): stop it first.`);
    return 1;
  }
  if (!(await agreed())) {
    console.log("Nothing was changed.");
    return 1;
  }
  await endLeftovers(folder.pids);
  await rm(folder.root, { recursive: true, force: true });
  console.log("Forgotten. The next npm start begins anew.");
  return 0;
}

async function agreed(): Promise<boolean> {
  if (process.argv.includes("--yes")) return true;
  if (!process.stdin.isTTY) {
    console.error("Nobody can be asked here; npm run reset -- --yes forgets without asking.");
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`Forget all tasks, accounts and keys in ${folder.root}? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

process.exit(await reset());
