import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { allocatePorts } from "#src/ports.ts";
import { ManagedProcess } from "#src/process/managed-process.ts";
import { answers } from "#src/process/wait.ts";
import { repository } from "#src/repository.ts";
import { cacheFolder } from "#src/toolchain/cache.ts";
import { daprPrograms } from "#src/toolchain/dapr.ts";

/** A sidecar of plain HTTP apps, without certificates and without components. */
export interface BareSidecar {
  readonly process: ManagedProcess;
  readonly address: string;
  /** Calls another app through it, and gives the status of the answer. */
  call(app: string): Promise<number>;
}

/** @param settings of the name resolution, in place of those that the system's own sidecars have */
export async function bareSidecar(o: {
  app: string;
  folder: string;
  names: string;
  appPort?: number;
  settings?: Readonly<Record<string, string>>;
  onDeath?: (lastWords: string) => void;
}): Promise<BareSidecar> {
  const env = process.env;
  const module = join(repository, "deploy/local/dapr");
  const { daprd } = await daprPrograms({ cache: cacheFolder(env), env, module, report: () => undefined });
  const ports = await allocatePorts(["grpc", "http", "internal", "metrics"], {});
  const config = join(o.folder, `${o.app}.yaml`);
  await writeFile(config, await configuration(o.names, o.settings ?? {}));
  const { app, appPort, folder } = o;
  const flags = {
    "app-id": app,
    config,
    "dapr-listen-addresses": "127.0.0.1",
    "dapr-grpc-port": ports.grpc,
    "dapr-http-port": ports.http,
    "dapr-internal-grpc-port": ports.internal,
    "dapr-internal-grpc-listen-address": "127.0.0.1",
    "metrics-port": ports.metrics,
    "metrics-listen-address": "127.0.0.1",
    ...(appPort !== undefined && { "app-port": appPort, "app-protocol": "http" }),
  };
  const spec = {
    name: `daprd:${app}`,
    command: daprd,
    args: Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    env: {},
    cwd: folder,
    probe: (signal: AbortSignal) => answers(`http://127.0.0.1:${ports.http}/v1.0/healthz`, signal, [204]),
    readyWithin: 60_000,
    stopWithin: 20_000,
  };
  const onDeath = ({ lastWords }: { lastWords: string }) => o.onDeath?.(lastWords);
  const process_ = new ManagedProcess(spec, { logs: folder, pids: join(folder, "run"), onDeath });
  return {
    process: process_,
    address: `127.0.0.1:${ports.internal}`,
    async call(callee) {
      const url = `http://127.0.0.1:${ports.http}/v1.0/invoke/${callee}/method/hello`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      await answer.body?.cancel();
      return answer.status;
    },
  };
}

/** What the system's own sidecars are told about names, and nothing else. */
async function configuration(names: string, settings: Readonly<Record<string, string>>): Promise<string> {
  const own = await readFile(join(repository, "deploy/dapr/configuration/task.yaml"), "utf8");
  const [section = ""] = /^ {2}nameResolution:\n(?: {4}.*\n)+/m.exec(own) ?? [];
  let text = `apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata:\n  name: bare\nspec:\n${section}`;
  const values = { NAME_RESOLUTION: "sqlite", NAME_RESOLUTION_DATABASE: names };
  for (const [name, value] of Object.entries(values)) text = text.replace(`\${${name}}`, value);
  for (const [name, value] of Object.entries(settings))
    text = text.replace(new RegExp(`${name}: .*`), `${name}: "${value}"`);
  return text;
}
