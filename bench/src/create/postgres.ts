import { dataFolder } from "@todo/local/data-folder";
import { takeDataFolder } from "@todo/local/data-lock";
import { startDatabase } from "@todo/local/ground";
import { allocatePorts } from "@todo/local/ports";
import { Supervisor } from "@todo/local/process/supervisor";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import type { Bench } from "../bench.ts";

/** Starts a Postgres that goes with the stack; answers with its administrator's DSN. */
export async function startPostgres(
  stack: AsyncDisposableStack,
  { environment, signal }: Bench,
): Promise<string> {
  const folder = dataFolder(stack.use(await temporaryDataFolder()).path);
  stack.use(await takeDataFolder(folder, () => undefined));
  const { postgres: port } = await allocatePorts(["postgres"], {});
  const supervisor = stack.use(
    new Supervisor({ logs: folder.logs, pids: folder.pids, onDeath: () => undefined }),
  );
  const report = () => undefined;
  return (await startDatabase({ folder, environment, supervisor, report, signal, port })).value;
}
