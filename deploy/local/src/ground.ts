import { join } from "node:path";
import type { DataFolder } from "./data-folder.ts";
import { baseEnvironment } from "./environment.ts";
import { type KafkaPlace, kafkaSpec } from "./kafka/broker.ts";
import { ensureTopics } from "./kafka/topics.ts";
import { adminUrl, postgresSpec } from "./postgres/server.ts";
import type { Supervisor } from "./process/supervisor.ts";
import { repository } from "./repository.ts";
import { ensureSecret, randomSecret, type SecretFile, writeSecret } from "./secrets/files.ts";
import type { Report } from "./toolchain/cache.ts";
import { cacheFolder } from "./toolchain/cache.ts";
import { which } from "./toolchain/command.ts";
import { kafkaJars } from "./toolchain/kafka.ts";

/** What the apps stand on, in a data folder or somebody else's. */
export interface GroundOptions {
  readonly folder: DataFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly supervisor: Supervisor;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Starts Postgres, unless DATABASE_URL names another. */
export async function startDatabase(o: GroundOptions & { port: number }): Promise<SecretFile> {
  const file = join(o.folder.secrets, "database-url");
  const given = o.environment["DATABASE_URL"];
  if (given !== undefined && given !== "") return writeSecret(file, given);
  const password = (await ensureSecret(join(o.folder.secrets, "postgres-password"), randomSecret)).value;
  const place = { folder: o.folder.postgres, port: o.port, password, env: baseEnvironment(o.environment) };
  await o.supervisor.add(await postgresSpec(place)).start(o.signal);
  o.report(`Postgres is ready on port ${o.port}`);
  return writeSecret(file, adminUrl(place));
}

/** Starts Kafka, unless KAFKA_BOOTSTRAP_SERVERS names another, and makes the topics. */
export async function startKafka(o: KafkaOptions): Promise<void> {
  const bootstrap = kafkaBootstrap(o);
  if (bootstrap === `127.0.0.1:${o.port}`) await startBroker(o);
  await ensureTopics(bootstrap);
  o.report(`Kafka is ready at ${bootstrap}, with all topics`);
}

export function kafkaBootstrap(o: Pick<GroundOptions, "environment"> & { port: number }): string {
  return o.environment["KAFKA_BOOTSTRAP_SERVERS"] || `127.0.0.1:${o.port}`;
}

interface KafkaOptions extends GroundOptions {
  readonly port: number;
  readonly controllerPort: number;
  readonly properties?: KafkaPlace["properties"];
}

async function startBroker(o: KafkaOptions): Promise<void> {
  const { port, controllerPort, properties } = o;
  const place = { folder: o.folder.kafka, port, controllerPort, properties, ...(await brokerPrograms(o)) };
  await o.supervisor.add(await kafkaSpec(place)).start(o.signal);
}

/** What every broker runs on. */
export async function brokerPrograms({
  environment: env,
  report,
  signal,
}: Pick<GroundOptions, "environment" | "report" | "signal">) {
  const pom = join(repository, "deploy/local/kafka/pom.xml");
  const jars = await kafkaJars({ cache: cacheFolder(env), env, pom, report, signal });
  const home = env["JAVA_HOME"];
  const java = await which("java", home ? join(home, "bin") : env["PATH"]);
  if (java === undefined) throw new Error("Java 17 or newer is missing: Kafka runs on it");
  return { jars, java, env: baseEnvironment(env) };
}
