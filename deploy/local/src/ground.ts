import { join } from "node:path";
import { readConfig } from "@todo/kit/config";
import { hasUsers, isEncrypted } from "@todo/kit/kafka-connection";
import { kafkaAdministrator } from "@todo/kit/kafka-rights";
import { readNaming } from "@todo/kit/service-config";
import type { DataFolder } from "./data-folder.ts";
import { baseEnvironment } from "./environment.ts";
import { type KafkaPlace, kafkaSpec } from "./kafka/broker.ts";
import { connectionTo, foreignCluster, type KafkaCluster, protocolIn } from "./kafka/cluster.ts";
import { ensureCredentials } from "./kafka/credentials.ts";
import { type BrokerTls, ensureBrokerTls } from "./kafka/tls.ts";
import { ensureRights, ensureTopics } from "./kafka/topics.ts";
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

/** How Kafka will be reached: the cluster that KAFKA_BOOTSTRAP_SERVERS names, or a broker of ours on a port. */
export async function kafkaCluster(
  o: Pick<GroundOptions, "environment" | "folder"> & { port: number },
): Promise<KafkaCluster> {
  const foreign = foreignCluster(o.environment);
  if (foreign !== undefined) return foreign;
  const protocol = protocolIn(o.environment) ?? "SASL_PLAINTEXT";
  if (!hasUsers(protocol))
    throw new Error(
      `KAFKA_SECURITY_PROTOCOL=${protocol} is for a Kafka of your own: this one asks for users`,
    );
  const { folder } = await ensureCredentials(join(o.folder.secrets, "kafka"));
  const tls = isEncrypted(protocol) ? await ownTls(o) : undefined;
  const ca = tls && { caFile: tls.caFile };
  return { bootstrap: `127.0.0.1:${o.port}`, protocol, credentials: folder, ...ca };
}

/** Starts Kafka, unless it is somebody else's, and makes the topics, and on our own the users and their rights. */
export async function startKafka(o: KafkaOptions): Promise<void> {
  const { bootstrap } = o.cluster;
  const isOwn = foreignCluster(o.environment) === undefined;
  if (isOwn) await startBroker(o);
  const administrator = await connectionTo(o.cluster, kafkaAdministrator);
  // The rights first: a broker learns of them only when it has made all topics that came before.
  if (isOwn) await ensureRights(administrator);
  const { topicsNaming } = readConfig(o.environment, (read) => ({ topicsNaming: readNaming(read) }));
  await ensureTopics(administrator, topicsNaming);
  o.report(`Kafka is ready at ${bootstrap}, with all topics`);
}

interface KafkaOptions extends GroundOptions {
  readonly cluster: KafkaCluster;
  readonly port: number;
  readonly controllerPort: number;
  readonly properties?: KafkaPlace["properties"];
}

async function startBroker(o: KafkaOptions): Promise<void> {
  const { port, controllerPort, properties } = o;
  const credentials = await ensureCredentials(join(o.folder.secrets, "kafka"));
  const tls = isEncrypted(o.cluster.protocol) ? { tls: await ownTls(o) } : {};
  const programs = await brokerPrograms(o);
  const place = {
    folder: o.folder.kafka,
    port,
    controllerPort,
    credentials,
    properties,
    ...tls,
    ...programs,
  };
  await o.supervisor.add(await kafkaSpec(place)).start(o.signal);
}

async function ownTls(o: Pick<GroundOptions, "environment" | "folder">): Promise<BrokerTls> {
  const [env, java] = [baseEnvironment(o.environment), await javaIn(o.environment)];
  return ensureBrokerTls({ folder: join(o.folder.secrets, "kafka-tls"), java, env, now: new Date() });
}

/** What every broker runs on. */
export async function brokerPrograms({
  environment: env,
  report,
  signal,
}: Pick<GroundOptions, "environment" | "report" | "signal">) {
  const pom = join(repository, "deploy/local/kafka/pom.xml");
  const jars = await kafkaJars({ cache: cacheFolder(env), env, pom, report, signal });
  return { jars, java: await javaIn(env), env: baseEnvironment(env) };
}

async function javaIn(env: GroundOptions["environment"]): Promise<string> {
  const home = env["JAVA_HOME"];
  const java = await which("java", home ? join(home, "bin") : env["PATH"]);
  if (java === undefined) throw new Error("Java 17 or newer is missing: Kafka runs on it");
  return java;
}
