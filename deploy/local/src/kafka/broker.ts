import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import type { ProcessSpec } from "../process/managed-process.ts";
import { exists } from "../toolchain/cache.ts";
import { command } from "../toolchain/command.ts";

export interface KafkaPlace {
  readonly folder: string;
  readonly jars: string;
  readonly java: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly env: Readonly<Record<string, string>>;
}

/** Prepares the data folder, formats it at the first start, and says how to start the broker. */
export async function kafkaSpec(place: KafkaPlace): Promise<ProcessSpec> {
  await mkdir(place.folder, { recursive: true });
  const config = join(place.folder, "server.properties");
  await writeFile(config, serverProperties(place));
  await format(place, config);
  return {
    name: "kafka",
    command: place.java,
    args: [...javaArguments(place), "kafka.Kafka", config],
    env: place.env,
    cwd: place.folder,
    probe: (signal) => metadataAnswers(`127.0.0.1:${place.port}`, signal),
    readyWithin: 90_000,
    stopWithin: 20_000,
  };
}

const dataOf = (place: KafkaPlace) => join(place.folder, "data");

async function format(place: KafkaPlace, config: string): Promise<void> {
  if (await exists(join(dataOf(place), "meta.properties"))) return;
  const idFile = join(place.folder, "cluster-id");
  const known = await readFile(idFile, "utf8").catch(() => undefined);
  const id = known ?? newClusterId();
  if (known === undefined) await writeFile(idFile, id);
  const args = [...javaArguments(place), "kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", id];
  await command(place.java, [...args, "-c", config], { cwd: place.folder, env: place.env, within: 60_000 });
}

/** 16 random bytes; with a dash in front they would be taken for an option. */
function newClusterId(): string {
  const id = randomBytes(16).toString("base64url");
  return id.startsWith("-") ? newClusterId() : id;
}

/** A small heap and the quick compiler: one broker for one developer. */
function javaArguments(place: KafkaPlace): string[] {
  const heap = ["-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const log = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"];
  return [...heap, ...log, "-cp", join(place.jars, "*")];
}

/**
 * One node that is broker and controller. The static quorum lets its ports differ from start to start. No value may
 * carry a comment: it would become a part of it.
 */
export function serverProperties(place: Pick<KafkaPlace, "folder" | "port" | "controllerPort">): string {
  const broker = `PLAINTEXT://127.0.0.1:${place.port}`;
  const properties = {
    "process.roles": "broker,controller",
    "node.id": 1,
    listeners: `${broker},CONTROLLER://127.0.0.1:${place.controllerPort}`,
    "advertised.listeners": broker,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.quorum.voters": `1@127.0.0.1:${place.controllerPort}`,
    "log.dirs": join(place.folder, "data"),
    "auto.create.topics.enable": false,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 3,
    "transaction.state.log.num.partitions": 3,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    // The default of 128 MiB would take a third of the heap at the start.
    "log.cleaner.dedupe.buffer.size": 8_388_608,
    "num.network.threads": 2,
    "num.io.threads": 2,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

/** Succeeds when a broker answers a client, which is more than that its port is open. */
async function metadataAnswers(broker: string, signal: AbortSignal): Promise<void> {
  const admin = kafkaClient(broker).admin();
  try {
    await Promise.race([admin.connect().then(() => admin.describeCluster()), aborted(signal)]);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** A quiet client that gives up soon; who needs more patience repeats. */
export function kafkaClient(brokers: string): Kafka {
  return new Kafka({
    clientId: "todo-local",
    brokers: brokers.split(","),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 },
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
}
