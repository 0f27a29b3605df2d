import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { clientOf, type KafkaConnection } from "@todo/kit/kafka-connection";
import { patiently } from "@todo/kit/kafka-patience";
import { kafkaPublisher } from "@todo/kit/kafka-publisher";
import { createLogger } from "@todo/kit/log";
import kafkajs, { type Kafka, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataFolder, dataFolder } from "#src/data-folder.ts";
import { kafkaCluster, startKafka } from "#src/ground.ts";
import { connectionTo, type KafkaCluster } from "#src/kafka/cluster.ts";
import { ensureRights } from "#src/kafka/topics.ts";
import { allocatePorts } from "#src/ports.ts";
import { Supervisor } from "#src/process/supervisor.ts";
import { eventually } from "#src/process/wait.ts";
import { temporaryDataFolder } from "#src/temporary-folder.ts";
import { startOlderBroker } from "./testing/older-broker.ts";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const environment = { ...process.env, KAFKA_BOOTSTRAP_SERVERS: undefined };
const erasure = { key: "a-user", value: '{"type":"todo.identity.v1.UserErased"}' };
const refused = (what: string) =>
  expect.objectContaining({ message: expect.stringMatching(new RegExp(what, "i")) });

interface Place {
  readonly folder: DataFolder;
  readonly port: number;
  readonly controllerPort: number;
}

async function newPlace(stack: AsyncDisposableStack): Promise<Place> {
  const folder = dataFolder(stack.use(await temporaryDataFolder()).path);
  const ports = await allocatePorts(["kafka", "controller"], {});
  return { folder, port: ports.kafka, controllerPort: ports.controller };
}

async function start(
  stack: AsyncDisposableStack,
  place: Place,
  further: Record<string, string> = {},
): Promise<KafkaCluster> {
  const { folder } = place;
  for (const path of [folder.logs, folder.pids]) await mkdir(path, { recursive: true });
  const supervisor = stack.use(
    new Supervisor({ logs: folder.logs, pids: folder.pids, onDeath: () => undefined }),
  );
  const env = { ...environment, ...further };
  const cluster = await kafkaCluster({ environment: env, folder, port: place.port });
  const signal = AbortSignal.timeout(100_000);
  await startKafka({ ...place, environment: env, supervisor, report: () => undefined, signal, cluster });
  return cluster;
}

describe("a broker of ours", () => {
  const stack = new AsyncDisposableStack();
  let cluster: KafkaCluster;
  let nobody: KafkaConnection;
  beforeAll(async () => {
    const place = await newPlace(stack);
    // What an earlier version left behind: a broker without users, and an event on it.
    await using older = await startOlderBroker({ ...place, environment });
    const sent = () => send(older.connection, "user.events");
    await eventually("the older broker takes no event", sent, { within: 60_000 });
    await older.stop();
    cluster = await start(stack, place);
    nobody = { brokers: cluster.bootstrap.split(",") };
  }, 240_000);
  afterAll(() => stack.disposeAsync());

  const as = (user: string) => connectionTo(cluster, user);

  it("keeps the events of a version that knew no users", async () => {
    expect(await count(await as("admin"), "user.events")).toBe(1);
  });

  it("refuses an event of somebody who proves nothing, and of a wrong password [R068]", async () => {
    await expect(send(nobody, "user.events")).rejects.toThrow();
    const { brokers } = nobody;
    for (const name of ["identity", "admin", "gateway", "controller"])
      await expect(send({ brokers, user: { name, password: "wrong" } }, "user.events")).rejects.toEqual(
        refused("SASL SCRAM SHA512 authentication failed"),
      );
    expect(await count(await as("admin"), "user.events")).toBe(1);
  });

  it("refuses an event of an app that does not produce it [R068]", async () => {
    for (const user of ["audit", "task", "recurrence"])
      await expect(send(await as(user), "user.events")).rejects.toEqual(refused("not authorized"));
    await send(await as("identity"), "user.events");
    expect(await count(await as("admin"), "user.events")).toBe(2);
  });

  it("gives each app what it subscribes, as its own group", async () => {
    for (const user of ["audit", "task", "recurrence"]) await read(await as(user), user, "user.events");
  });

  it("shows the events of a topic to nobody who does not subscribe it [R068]", async () => {
    for (const user of ["identity", "recurrence", "task"])
      await expect(read(await as(user), user, "task.events")).rejects.toEqual(refused("not authorized"));
    await expect(read(await as("task"), "audit", "user.events")).rejects.toEqual(
      refused("not authorized|group coordinator"),
    );
    await expect(read(nobody, "audit", "task.events")).rejects.toThrow();
  });

  it("lets no app make topics, users or rights", async () => {
    const admin = client(await as("audit")).admin();
    await admin.connect();
    try {
      await expect(admin.createTopics({ topics: [{ topic: "own" }] })).rejects.toThrow();
      await expect(admin.createAcls({ acl: [anyRight] })).rejects.toThrow();
      await expect(admin.deleteTopics({ topics: ["user.events"] })).rejects.toThrow();
    } finally {
      await admin.disconnect();
    }
  });

  it("takes away a right that is no more in the catalogue", async () => {
    const admin = client(await as("admin")).admin();
    await admin.connect();
    try {
      await admin.createAcls({ acl: [anyRight] });
      await ensureRights(await as("admin"));
      const { resources } = await admin.describeAcls({ ...anyRight, host: "*" });
      expect(resources).toEqual([]);
    } finally {
      await admin.disconnect();
    }
  });

  it("keeps its passwords to their owner", async () => {
    const folder = cluster.credentials ?? "";
    expect((await readdir(folder)).sort()).toEqual([
      "admin",
      "audit",
      "controller",
      "identity",
      "recurrence",
      "task",
    ]);
    for (const file of await readdir(folder)) expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
  });
});

describe("a broker of ours that encrypts", () => {
  it("is spoken to by the authority of its data folder, and by no other [R068]", async () => {
    await using stack = new AsyncDisposableStack();
    const place = await newPlace(stack);
    const cluster = await start(stack, place, { KAFKA_SECURITY_PROTOCOL: "SASL_SSL" });
    const identity = await connectionTo(cluster, "identity");
    const log = createLogger({ service: "test", level: "silent" });
    await using publisher = kafkaPublisher({ kafka: identity, clientId: "identity", log });
    const record = { key: "a-user", value: Buffer.from("{}"), headers: {} };
    await publisher.append("user.events", 3, [record], AbortSignal.timeout(30_000));
    expect(await count(await connectionTo(cluster, "admin"), "user.events")).toBe(1);
    await expect(send({ ...identity, tls: {} }, "user.events")).rejects.toEqual(
      refused("self.signed|certificate"),
    );
    const { tls: _, ...inClear } = identity;
    await expect(send(inClear, "user.events")).rejects.toThrow();
  }, 240_000);
});

const anyRight = {
  principal: "User:audit",
  host: "*",
  operation: AclOperationTypes.WRITE,
  permissionType: AclPermissionTypes.ALLOW,
  resourceType: AclResourceTypes.TOPIC,
  resourceName: "user.events",
  resourcePatternType: ResourcePatternTypes.LITERAL,
};

const retry = { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 };

function client(connection: KafkaConnection): Kafka {
  return new kafkajs.Kafka({ clientId: "test", ...clientOf(connection), logLevel: 0, retry });
}

async function send(connection: KafkaConnection, topic: string): Promise<void> {
  const producer: Producer = client(connection).producer({ allowAutoTopicCreation: false });
  try {
    await producer.connect();
    await producer.send({ topic, messages: [{ ...erasure, partition: 0 }] });
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}

/** Reads until it is given something or refused. The coordinator of a broker that has just started is waited for. */
function read(connection: KafkaConnection, groupId: string, topic: string): Promise<void> {
  return patiently(30_000, () => readOnce(connection, groupId, topic));
}

async function readOnce(connection: KafkaConnection, groupId: string, topic: string): Promise<void> {
  const consumer = client(connection).consumer({ groupId, allowAutoTopicCreation: false });
  const end = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => end.reject(payload.error));
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachMessage: async () => end.resolve() });
    await end.promise;
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}

async function count(connection: KafkaConnection, topic: string): Promise<number> {
  const admin = client(connection).admin();
  await admin.connect();
  try {
    // A broker that has just started leads nothing for a moment.
    const ask = () => admin.fetchTopicOffsets(topic);
    const ends = await eventually("the ends of the topic", ask, { within: 30_000 });
    return ends.reduce((sum, { high }) => sum + Number(high), 0);
  } finally {
    await admin.disconnect();
  }
}
