import { type DataFolder, dataFolder } from "@todo/local/data-folder";
import { takeDataFolder } from "@todo/local/data-lock";
import { Supervisor } from "@todo/local/process/supervisor";
import { temporaryDataFolder } from "@todo/local/temporary-folder";

/** A place for programs that are not ours: what they leave behind when this process is killed, a later run ends. */
export async function supervised(
  stack: AsyncDisposableStack,
): Promise<{ folder: DataFolder; supervisor: Supervisor }> {
  const folder = dataFolder(stack.use(await temporaryDataFolder()).path);
  stack.use(await takeDataFolder(folder, () => undefined));
  const places = { logs: folder.logs, pids: folder.pids, onDeath: () => undefined };
  return { folder, supervisor: stack.use(new Supervisor(places)) };
}
