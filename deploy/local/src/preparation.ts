import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type DataFolder, dataFolder } from "./data-folder.ts";
import { takeDataFolder } from "./data-lock.ts";
import { otlpEndpoint } from "./environment.ts";
import { kafkaCluster } from "./ground.ts";
import { type Instance, instancesOf } from "./instances.ts";
import { componentValues, type KafkaCluster } from "./kafka/cluster.ts";
import type { LocalSystemOptions } from "./local-system.ts";
import { keepNames } from "./mesh/keep-names.ts";
import { type Name, restoreNames } from "./mesh/names.ts";
import { renderFolder } from "./mesh/render.ts";
import { keepWorkloadTokens } from "./mesh/workload-tokens.ts";
import { logBoundsIn } from "./process/log-file.ts";
import { type Death, ProcessDiedError } from "./process/managed-process.ts";
import { Supervisor } from "./process/supervisor.ts";
import { repository } from "./repository.ts";
import { ensureSecrets, type Secrets } from "./secrets/secrets.ts";
import { publicKeySet } from "./secrets/signing-keys.ts";
import { type SystemPorts, systemPorts } from "./system-ports.ts";
import { cacheFolder, type Report } from "./toolchain/cache.ts";
import { type DaprPrograms, daprPrograms } from "./toolchain/dapr.ts";
import { topology } from "./topology.ts";

/** Everything that the steps of a start share. */
export interface Start {
  readonly folder: DataFolder;
  readonly instances: readonly Instance[];
  readonly ports: SystemPorts;
  readonly publicUrl: string;
  readonly kafka: KafkaCluster;
  readonly secrets: Secrets;
  readonly tokenOf: (app: string) => string;
  readonly programs: DaprPrograms;
  readonly supervisor: Supervisor;
  readonly deaths: Deaths;
  readonly options: LocalSystemOptions;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Where each app's own file with the DSN lies, once the database is there. */
  databaseUrl: { path: string; value: string };
}

/** A death before the system is ready ends the start; one after it is the business of who started. */
export interface Deaths {
  ready: boolean;
  /** Whoever starts again what dies, in place of who started. */
  supervise?: ((death: Death) => void) | undefined;
  readonly starting: AbortController;
}

/** Takes the data folder and makes everything that needs no process: secrets, ports, rendered configuration. */
export async function prepare(o: LocalSystemOptions, stack: AsyncDisposableStack): Promise<Start> {
  const folder = dataFolder(resolve(o.dataDir));
  const report = o.report ?? (() => undefined);
  stack.use(await takeDataFolder(folder, report));
  const entries = topology.filter(({ id }) => o.apps?.includes(id) ?? true);
  const instances = instancesOf(entries, o.replicas);
  const env = o.environment;
  const module = join(repository, "deploy/local/dapr");
  const programs = await daprPrograms({ cache: cacheFolder(env), env, module, report, signal: o.signal });
  const ids = entries.map(({ id }) => id);
  const secrets = await ensureSecrets(folder.secrets, ids);
  const tokens = stack.use(
    await keepWorkloadTokens(folder.secrets, secrets.workloadKey.value, ids, o.workloadTokens),
  );
  const ports = await systemPorts(folder, instances, o.gatewayPort);
  const publicUrl = `http://localhost:${ports.apps["gateway"]?.app ?? 0}`;
  const kafka = await kafkaCluster({ environment: env, folder, port: ports.kafka.broker });
  await writeFile(folder.cluster, `${JSON.stringify(kafka, null, 2)}\n`);
  const file = await emptyNames(folder);
  await render(folder, kafka, secrets, o, file);
  restoreNames(file, namesOf(instances, ports));

  const logBounds = logBoundsIn(env);
  const deaths: Deaths = { ready: false, starting: new AbortController() };
  const onDeath = (death: Death) => {
    if (deaths.ready) (deaths.supervise ?? o.onDeath)?.(death);
    else deaths.starting.abort(new ProcessDiedError(death));
  };
  const supervisor = stack.use(new Supervisor({ logs: folder.logs, pids: folder.pids, onDeath, logBounds }));
  const running = () =>
    instances.filter(({ name }) => supervisor.processes.get(`daprd:${name}`)?.staying ?? true);
  stack.use(keepNames({ file, names: () => namesOf(running(), ports), report }));
  const signals = o.signal === undefined ? [deaths.starting.signal] : [deaths.starting.signal, o.signal];
  const signal = AbortSignal.any(signals);
  const shared = {
    folder,
    instances,
    ports,
    publicUrl,
    kafka,
    secrets,
    programs,
    supervisor,
    deaths,
    report,
    signal,
  };
  return { ...shared, tokenOf: tokens.fileOf, options: o, databaseUrl: { path: "", value: "" } };
}

/** A folder for the names, without those of an earlier start. */
async function emptyNames({ names }: DataFolder): Promise<string> {
  await rm(names, { recursive: true, force: true });
  await mkdir(names, { mode: 0o700 });
  return join(names, "names.db");
}

const namesOf = (instances: readonly Instance[], { apps }: SystemPorts): Name[] =>
  instances.map(({ entry, name }) => ({ app: entry.id, address: `127.0.0.1:${apps[name]?.daprInternal}` }));

/** Fills in deploy/dapr for this machine. */
async function render(
  folder: DataFolder,
  kafka: KafkaCluster,
  secrets: Secrets,
  o: LocalSystemOptions,
  names: string,
) {
  await renderFolder(join(repository, "deploy/dapr"), folder.dapr, {
    IDENTITY_JWKS: publicKeySet([secrets.workloadKey.value]),
    WORKLOAD_CERTIFICATE_TTL: o.workloadCertificateTtl ?? "24h",
    ...(await componentValues(kafka)),
    NAME_RESOLUTION: "sqlite",
    NAME_RESOLUTION_DATABASE: names,
    TRACE_SAMPLING_RATE: otlpEndpoint(o.environment) === undefined ? "0" : "1",
  });
}
