import { join } from "node:path";
import { launch, portsOf } from "./launch.ts";
import type { LocalApp, LocalSystem, LocalSystemOptions } from "./local-system.ts";
import { prepare, type Start } from "./preparation.ts";
import { supervise } from "./supervise.ts";

/**
 * Starts the whole system, or the apps that are asked for, and waits until it is truly ready: every app and every
 * sidecar says so. If anything fails on the way, what was started is stopped again.
 */
export async function startLocalSystem(o: LocalSystemOptions): Promise<LocalSystem> {
  await using stack = new AsyncDisposableStack();
  const start = await prepare(o, stack);
  await launch(start);
  start.deaths.ready = true;
  const owned = stack.move();
  return systemOf(start, () => owned.disposeAsync());
}

function systemOf(start: Start, stop: () => Promise<void>): LocalSystem {
  const { folder, supervisor, ports, secrets } = start;
  const gateway = ports.apps["gateway"]?.app ?? 0;
  const apps: Record<string, LocalApp> = {};
  for (const { entry, name } of start.instances) {
    const { id } = entry;
    const own = secrets.apps[id];
    if (own !== undefined)
      apps[name] = { id, ports: portsOf(start, name), ...own, sentryTokenFile: start.tokenOf(id) };
  }
  const supervision = new AsyncDisposableStack();
  const end = async () => {
    await supervision.disposeAsync();
    await stop();
  };
  return {
    folder,
    gatewayUrl: `http://localhost:${gateway}`,
    apps,
    kafka: start.kafka,
    database: { adminUrl: start.databaseUrl.value },
    sentry: { port: ports.sentry.grpc, rootCertificate: join(folder.authority, "ca.crt") },
    programs: start.programs,
    processes: supervisor.processes,
    process(name) {
      const found = supervisor.processes.get(name);
      if (found === undefined) throw new Error(`there is no process ${name}`);
      return found;
    },
    supervise: (options) => supervision.use(supervise(start, options)),
    stop: end,
    [Symbol.asyncDispose]: end,
  };
}
