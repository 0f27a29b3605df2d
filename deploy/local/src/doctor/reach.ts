import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KafkaConnection } from "@todo/kit/kafka-connection";
import { type GroupLag, kafkaInspector } from "@todo/kit/kafka-inspector";
import { kafkaAdministrator } from "@todo/kit/kafka-rights";
import { within } from "@todo/kit/within";
import type { Admin } from "kafkajs";
import pg from "pg";
import { type DataFolder, dataFolder } from "../data-folder.ts";
import { type Instance, instancesOf } from "../instances.ts";
import { kafkaClient } from "../kafka/broker.ts";
import { connectionTo } from "../kafka/cluster.ts";
import { answers } from "../process/wait.ts";
import { recordedInstances, recordedPorts, type SystemPorts } from "../system-ports.ts";
import { type AppEntry, topology } from "../topology.ts";

/**
 * How the doctor reaches a running system: through its data folder, which belongs to whoever may run this. Postgres is
 * asked as the administrator, in transactions that cannot write.
 */
export interface Reach extends AsyncDisposable {
  readonly folder: DataFolder;
  readonly ports: SystemPorts;
  readonly entries: readonly AppEntry[];
  /** Every process of every app. */
  readonly instances: readonly Instance[];
  /** The apps with a schema of their own. */
  readonly schemas: readonly string[];
  readonly databaseUrl: string;
  readonly now: () => Date;
  rows<R extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<R[]>;
  kafka<T>(use: (admin: Admin) => Promise<T>): Promise<T>;
  /** How far the group of an app is behind. It is called as the app. */
  lagOf(app: string, topics: readonly string[]): Promise<GroupLag[]>;
  /** Succeeds when a path of an app, a sidecar or sentry answers as it does in health. */
  healthy(url: string): Promise<void>;
  /** The token that a sidecar asks of its app. */
  apiToken(app: string): Promise<string>;
}

/** Statements and answers take no longer. */
const [statementMs, kafkaMs, httpMs] = [20_000, 10_000, 3_000];

/** Reads where everything is. Nothing is connected before a check asks for it. */
export async function reach(dataDir: string): Promise<Reach> {
  const folder = dataFolder(dataDir);
  const recorded = await recordedInstances(folder, topology);
  const instances = recorded.length > 0 ? recorded : instancesOf(topology);
  const ports = await recordedPorts(folder, instances);
  const secret = async (...path: string[]) => (await readFile(join(folder.secrets, ...path), "utf8")).trim();
  const databaseUrl = await secret("database-url");
  const kafka = await kafkaOf(folder);
  const pool = openPool(databaseUrl);
  return {
    folder,
    ports,
    entries: topology,
    instances,
    schemas: topology.filter(({ needs }) => needs.includes("database")).map(({ id }) => id),
    databaseUrl,
    now: () => new Date(),
    rows: async <R extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<R>(sql, [...values])).rows,
    kafka: (use) => withAdmin(kafka, use),
    lagOf: kafkaInspector({ kafka, clientId: "doctor" }).lagOf,
    healthy: (url) => answers(url, AbortSignal.timeout(httpMs)),
    apiToken: (app) => secret(app, "api-token"),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

async function withAdmin<T>(kafka: KafkaConnection, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(kafka).admin();
  try {
    return await within(
      kafkaMs,
      admin.connect().then(() => use(admin)),
    );
  } finally {
    await within(kafkaMs, admin.disconnect()).catch(() => undefined);
  }
}

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 2,
    application_name: "doctor",
    options: "-c default_transaction_read_only=on",
    statement_timeout: statementMs,
    query_timeout: statementMs + 2_000,
    connectionTimeoutMillis: 3_000,
  });
  pool.on("error", () => undefined);
  return pool;
}

/** Kafka as it was reached at the last start, as the administrator. */
async function kafkaOf(folder: DataFolder): Promise<KafkaConnection> {
  const cluster = JSON.parse(await readFile(folder.cluster, "utf8"));
  return connectionTo(cluster, kafkaAdministrator);
}
