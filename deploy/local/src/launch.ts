import { join } from "node:path";
import { appSpec } from "./apps/app-process.ts";
import { type AppPorts, processEnvironment } from "./apps/environment.ts";
import { baseEnvironment, sidecarTelemetry } from "./environment.ts";
import { startDatabase, startKafka } from "./ground.ts";
import type { Instance } from "./instances.ts";
import { sidecarKafkaEnvironment } from "./kafka/cluster.ts";
import { sidecarSpec } from "./mesh/sidecar.ts";
import { startSentry } from "./mesh/trust.ts";
import type { Start } from "./preparation.ts";
import { repository } from "./repository.ts";

/** Starts everything, each as soon as what it needs is there. */
export async function launch(start: Start): Promise<void> {
  const { supervisor, folder, report, signal, ports } = start;
  const ground = { folder, environment: start.options.environment, supervisor, report, signal };
  const database = startDatabase({ ...ground, port: ports.postgres }).then((url) => {
    start.databaseUrl = url;
  });
  const kafka = startKafka({
    ...ground,
    cluster: start.kafka,
    port: ports.kafka.broker,
    controllerPort: ports.kafka.controller,
    properties: start.options.kafkaProperties,
  });
  const env = baseEnvironment(start.options.environment);
  const program = start.programs.sentry;
  const sentry = startSentry({ folder, program, ports: ports.sentry, supervisor, env, signal });

  const apps = start.instances.map(async (instance) => {
    await database;
    await startApp(start, instance);
  });
  const sidecars = start.instances.map(async (instance) => {
    const [trustAnchors] = await Promise.all([sentry, kafka]);
    await startSidecar(start, instance, trustAnchors);
  });
  await allOrFirstFailure([database, kafka, sentry, ...apps, ...sidecars], start);
}

/** Waits for all. At the first failure the others are told to give up, and are waited for. */
async function allOrFirstFailure(steps: readonly Promise<unknown>[], start: Start): Promise<void> {
  try {
    await Promise.all(steps);
  } catch (error) {
    start.deaths.starting.abort(error);
    await start.supervisor.stop();
    await Promise.allSettled(steps);
    throw error;
  }
}

async function startApp(start: Start, instance: Instance): Promise<void> {
  const { entry, name } = instance;
  const { options, secrets, publicUrl, databaseUrl, supervisor, report, signal, kafka } = start;
  const ports = portsOf(start, name);
  const around = { ports, secrets, publicUrl, kafka, databaseUrlFile: databaseUrl.path };
  const env = {
    ...processEnvironment(entry, around, options.environment),
    NODE_COMPILE_CACHE: start.folder.compiled,
    ...options.appEnvironment?.[entry.id],
  };
  await supervisor.add(appSpec({ instance, repository, logs: start.folder.logs, ports, env })).start(signal);
  report(`${name} is ready`);
}

async function startSidecar(start: Start, { entry, name }: Instance, trustAnchors: string): Promise<void> {
  const { folder, options, programs, supervisor, report, signal } = start;
  const own = start.secrets.apps[entry.id];
  const ports = portsOf(start, name);
  const spec = sidecarSpec({
    app: entry.id,
    name,
    program: programs.daprd,
    ports: {
      grpc: ports.daprGrpc,
      http: ports.daprHttp,
      internal: ports.daprInternal,
      metrics: ports.daprMetrics,
    },
    appPort: entry.serves === "mesh" ? ports.app : undefined,
    sentryPort: start.ports.sentry.grpc,
    config: join(folder.dapr, "configuration", `${entry.id}.yaml`),
    resources: join(folder.dapr, "resources"),
    trustAnchors,
    tokenFile: start.tokenOf(entry.id),
    apiToken: own?.apiToken.value ?? "",
    appApiToken: own?.appApiToken.value ?? "",
    env: {
      ...baseEnvironment(options.environment),
      ...sidecarTelemetry(options.environment),
      ...(entry.needs.includes("kafka") && (await sidecarKafkaEnvironment(start.kafka, entry.id))),
    },
    cwd: folder.root,
  });
  await supervisor.add(spec).start(signal);
  report(`${name}'s sidecar is ready`);
}

export function portsOf(start: Start, name: string): AppPorts {
  const ports = start.ports.apps[name];
  if (ports === undefined) throw new Error(`there are no ports for ${name}`);
  return ports;
}
