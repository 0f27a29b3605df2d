import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { clientOf, type KafkaConnection } from "@todo/kit/kafka-connection";
import { kafkaAdministrator } from "@todo/kit/kafka-rights";
import { Kafka, logLevel } from "kafkajs";
import type { ProcessSpec } from "../process/managed-process.ts";
import { exists } from "../toolchain/cache.ts";
import { command } from "../toolchain/command.ts";
import { type Credentials, controllerUser } from "./credentials.ts";
import { setScramUsers } from "./scram-users.ts";
import { brokerSecurity } from "./security.ts";
import type { BrokerTls } from "./tls.ts";

export interface KafkaPlace {
  readonly folder: string;
  readonly jars: string;
  readonly java: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly credentials: Credentials;
  /** Clients come encrypted, and see this certificate; none: they come in clear. */
  readonly tls?: BrokerTls;
  readonly env: Readonly<Record<string, string>>;
  /** Further properties, which win over those that it is given anyway. */
  readonly properties?: Readonly<Record<string, string | number>> | undefined;
  /** Its place among several; none: the only one. */
  readonly cluster?: ClusterPlace;
  /** A second listener, for clients that come and go through a proxy. */
  readonly detour?: { readonly port: number; readonly proxyPort: number };
}

/** One node of a cluster whose nodes are numbered from 1. All of them are brokers and controllers. */
export interface ClusterPlace {
  readonly id: string;
  readonly node: number;
  /** The controllers of all nodes, in their order. */
  readonly controllerPorts: readonly number[];
}

/** Prepares the data folder, formats it at the first start, and says how to start the broker. */
export async function kafkaSpec(place: KafkaPlace): Promise<ProcessSpec> {
  await mkdir(place.folder, { recursive: true });
  const config = join(place.folder, "server.properties");
  await rm(config, { force: true });
  await writeFile(config, serverProperties(place), { mode: 0o600 });
  await format(place, config);
  return {
    name: place.cluster === undefined ? "kafka" : `kafka:${place.cluster.node}`,
    command: place.java,
    args: [...javaArguments(place), "kafka.Kafka", config],
    env: place.env,
    cwd: place.folder,
    probe: serves(place),
    readyWithin: 90_000,
    stopWithin: 20_000,
  };
}

const dataOf = (place: KafkaPlace) => join(place.folder, "data");

async function format(place: KafkaPlace, config: string): Promise<void> {
  if (await exists(join(dataOf(place), "meta.properties"))) return;
  const idFile = join(place.folder, "cluster-id");
  const known = await readFile(idFile, "utf8").catch(() => undefined);
  const id = place.cluster?.id ?? known ?? newClusterId();
  if (known === undefined) await writeFile(idFile, id);
  const args = [...javaArguments(place), "kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", id];
  await command(place.java, [...args, "-c", config], { cwd: place.folder, env: place.env, within: 60_000 });
}

/** 16 random bytes; with a dash in front they would be taken for an option. */
export function newClusterId(): string {
  const id = randomBytes(16).toString("base64url");
  return id.startsWith("-") ? newClusterId() : id;
}

/** A small heap and the quick compiler: one broker for one developer. */
function javaArguments(place: KafkaPlace): string[] {
  const most = place.cluster === undefined ? "-Xmx384m" : "-Xmx256m";
  const heap = ["-Xms128m", most, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const log = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"];
  return [...heap, ...log, "-cp", join(place.jars, "*")];
}

/**
 * A node that is broker and controller. The static quorum lets its ports differ from start to start. No value may carry
 * a comment: it would become a part of it.
 */
export function serverProperties(place: Omit<KafkaPlace, "jars" | "java" | "env">): string {
  const { cluster, controllerPort } = place;
  const controllers = cluster?.controllerPorts ?? [controllerPort];
  const copies = Math.min(3, controllers.length);
  const properties = {
    "process.roles": "broker,controller",
    "node.id": cluster?.node ?? 1,
    ...listeners(place),
    ...brokerSecurity(place),
    "controller.quorum.voters": controllers.map((port, n) => `${n + 1}@127.0.0.1:${port}`).join(","),
    "log.dirs": join(place.folder, "data"),
    "auto.create.topics.enable": false,
    "default.replication.factor": copies,
    "min.insync.replicas": Math.max(1, copies - 1),
    "offsets.topic.replication.factor": copies,
    "offsets.topic.num.partitions": 3,
    "transaction.state.log.num.partitions": 3,
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": copies,
    "share.coordinator.state.topic.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    // A node that is gone is missed after three seconds instead of nine.
    ...(cluster && { "broker.session.timeout.ms": 3_000, "broker.heartbeat.interval.ms": 500 }),
    // The default of 128 MiB would take a third of the heap at the start.
    "log.cleaner.dedupe.buffer.size": 8_388_608,
    "num.network.threads": 2,
    "num.io.threads": 2,
    ...place.properties,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

/** Clients are told to come back by the listener they came by, so who came through the proxy stays behind it. */
function listeners({ port, controllerPort, detour }: Pick<KafkaPlace, "port" | "controllerPort" | "detour">) {
  const direct = `CLIENTS://127.0.0.1:${port}`;
  const controller = `CONTROLLER://127.0.0.1:${controllerPort}`;
  const [own, proxied] = [detour?.port, detour?.proxyPort].map((at) =>
    at === undefined ? [] : [`DETOUR://127.0.0.1:${at}`],
  );
  return {
    listeners: [direct, ...(own ?? []), controller].join(","),
    "advertised.listeners": [direct, ...(proxied ?? [])].join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENTS",
  };
}

/** Succeeds when the users are there and the broker answers one of them, which is more than that its port is open. */
function serves(place: KafkaPlace): ProcessSpec["probe"] {
  const { passwords } = place.credentials;
  const { [controllerUser]: password = "", ...users } = passwords;
  const ports = place.cluster?.controllerPorts ?? [place.controllerPort];
  const tls = place.tls;
  let made = false;
  return async (signal) => {
    if (!made) await setScramUsers({ ports, user: controllerUser, password }, users, signal);
    made = true;
    await metadataAnswers(
      {
        brokers: [`127.0.0.1:${place.port}`],
        user: { name: kafkaAdministrator, password: users[kafkaAdministrator] ?? "" },
        ...(tls && { tls: { ca: await readFile(tls.caFile, "utf8") } }),
      },
      signal,
    );
  };
}

async function metadataAnswers(connection: KafkaConnection, signal: AbortSignal): Promise<void> {
  const admin = kafkaClient(connection).admin();
  try {
    await Promise.race([admin.connect().then(() => admin.describeCluster()), aborted(signal)]);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** A quiet client that gives up soon; who needs more patience repeats. */
export function kafkaClient(connection: KafkaConnection): Kafka {
  return new Kafka({
    clientId: "todo-local",
    ...clientOf(connection),
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
