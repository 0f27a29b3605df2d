import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openPool } from "@todo/kit/database";
import type { KafkaConnection } from "@todo/kit/kafka-connection";
import { kafkaAdministrator } from "@todo/kit/kafka-rights";
import { createLogger, type Logger } from "@todo/kit/log";
import type { AppId } from "@todo/kit/services";
import { loadLimits } from "@todo/local/apps/load-limits";
import { connectionTo, type KafkaCluster } from "@todo/local/kafka/cluster";
import type { LocalSystem } from "@todo/local/local-system";
import type { ManagedProcess } from "@todo/local/process/managed-process";
import { repository } from "@todo/local/repository";
import { startLocalSystem } from "@todo/local/system";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import { cacheFolder } from "@todo/local/toolchain/cache";
import { grpcurl } from "@todo/local/toolchain/grpcurl";
import { startCollector } from "./collector.ts";
import { startForgedSidecar } from "./forged-sidecar.ts";
import type { Span } from "./otlp.ts";
import { signUp, type User } from "./user.ts";

/** How to reach the sidecar of an app from the outside. */
export interface SidecarAccess {
  readonly grpc: string;
  readonly apiToken: string;
  readonly internalPort: number;
}

/** The whole system, running, with everything the tests look at it through. */
export interface Bed extends AsyncDisposable {
  readonly url: string;
  /** The data folder. */
  readonly folder: string;
  /** Kafka, as its administrator. */
  readonly kafka: KafkaConnection;
  /** The same for others than the administrator. */
  readonly cluster: KafkaCluster;
  /** The root certificate of the mesh, as PEM. */
  readonly ca: string;
  readonly log: Logger;
  /** The spans that the apps have sent so far. */
  readonly spans: readonly Span[];
  /** The same as they came, with everything that is in them. */
  readonly exports: readonly Uint8Array[];
  /** The administrator's DSN. */
  readonly databaseUrl: string;
  /** The path of grpcurl. */
  readonly grpcurl: string;
  signUp(): Promise<User>;
  sidecar(app: AppId): SidecarAccess;
  /** What /metrics of an app says. */
  metrics(app: AppId): Promise<string>;
  process(name: string): ManagedProcess;
  /** Runs SQL as the administrator, who sees everything. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  armFailpoint(app: AppId, point: string): void;
  disarmFailpoints(app: AppId): void;
  startForgedSidecar(app: AppId): Promise<{ becameReady: boolean; log: string }>;
}

export async function startBed(): Promise<Bed> {
  await using stack = new AsyncDisposableStack();
  const collector = stack.use(await startCollector());
  const folder = stack.use(await temporaryDataFolder());
  const failpoints = (app: string) => join(folder.path, `${app}.failpoints`);
  const environment = { ...process.env, ...telemetry(collector.endpoint) };
  const apps = ["gateway", "task", "identity", "audit", "recurrence"];
  const further: Readonly<Record<string, object>> = { gateway: loadLimits };
  const appEnvironment = Object.fromEntries(
    apps.map((app) => [app, { FAILPOINTS_FILE: failpoints(app), ...further[app] }]),
  );
  const system = stack.use(await startLocalSystem({ dataDir: folder.path, environment, appEnvironment }));
  const module = join(repository, "deploy/local/grpcurl");
  const grpcurlPath = await grpcurl({
    cache: cacheFolder(environment),
    env: environment,
    module,
    report: () => undefined,
  });
  const { adminUrl: url } = system.database;
  const pool = stack.adopt(openPool({ url, schema: "public", size: 2, name: "test" }), (open) => open.end());
  const kafka = await connectionTo(system.kafka, kafkaAdministrator);
  const owned = stack.move();
  return {
    url: system.gatewayUrl,
    folder: folder.path,
    kafka,
    cluster: system.kafka,
    ca: readFileSync(system.sentry.rootCertificate, "utf8"),
    log: createLogger({ service: "test", level: "silent" }),
    spans: collector.spans,
    exports: collector.bodies,
    databaseUrl: system.database.adminUrl,
    grpcurl: grpcurlPath,
    signUp: () => signUp(system.gatewayUrl),
    sidecar: (app) => sidecarAccess(system, app),
    metrics: (app) => metricsOf(system, app),
    process: (name) => system.process(name),
    sql: async (text, values = []) => (await pool.query(text, values)).rows,
    armFailpoint: (app, point) => writeFileSync(failpoints(app), point),
    disarmFailpoints: (app) => rmSync(failpoints(app), { force: true }),
    startForgedSidecar: (app) => startForgedSidecar(system, app),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Apps and sidecars send their spans to the collector, and soon. */
function telemetry(endpoint: string): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: "200" };
}

async function metricsOf(system: LocalSystem, app: AppId): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${system.apps[app]?.ports.admin}/metrics`);
  if (!answer.ok) throw new Error(`/metrics of ${app} answered ${answer.status}`);
  return answer.text();
}

function sidecarAccess(system: LocalSystem, app: AppId): SidecarAccess {
  const found = system.apps[app];
  if (found === undefined) throw new Error(`there is no app ${app}`);
  return {
    grpc: `127.0.0.1:${found.ports.daprGrpc}`,
    apiToken: found.apiToken.value,
    internalPort: found.ports.daprInternal,
  };
}
