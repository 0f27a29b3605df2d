import { randomUUID } from "node:crypto";
import kafkajs, { type Admin, type Kafka as KafkaClient } from "kafkajs";
import { clientOf, type KafkaConnection } from "./kafka-connection.ts";
import { patiently } from "./kafka-patience.ts";
import { inspectorGroups } from "./kafka-rights.ts";
import { quietTimers } from "./kafkajs-timer.ts";
import { within } from "./within.ts";

const { Kafka, logLevel } = kafkajs;

/** How far a group of consumers is behind on a topic. */
export interface GroupLag {
  topic: string;
  lag: bigint;
  /** The partition that is furthest behind. -1: none is behind. */
  slowestPartition: number;
  slowestLag: bigint;
}

/** Looks at a cluster without taking part in it. Every question opens connections of its own and closes them. */
export interface KafkaInspector {
  /** How many records of some topics a group has not taken, topic by topic. One that took none has all before it. */
  lagOf(groupId: string, topics: readonly string[]): Promise<GroupLag[]>;
  /** The value of one record. `undefined`: it is not kept any more, or never was. */
  valueAt(topic: string, partition: number, offset: bigint): Promise<Uint8Array | null | undefined>;
}

const lagMs = 20_000;
/** How long an answer that passes by itself is waited for. */
const patienceMs = 8_000;
const readMs = 20_000;

export function kafkaInspector(o: { kafka: KafkaConnection; clientId: string }): KafkaInspector {
  quietTimers();
  const kafka = new Kafka({
    clientId: o.clientId,
    ...clientOf(o.kafka),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 8_000,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 },
  });
  return {
    lagOf: (groupId, topics) =>
      withAdmin(kafka, (admin) =>
        within(lagMs, Promise.all(topics.map((topic) => lagOn(admin, groupId, topic)))),
      ),
    async valueAt(topic, partition, offset) {
      const isKept = await withAdmin(kafka, async (admin) => {
        const ends = await within(lagMs, admin.fetchTopicOffsets(topic));
        const end = ends.find((one) => one.partition === partition);
        return end !== undefined && offset >= BigInt(end.low) && offset < BigInt(end.high);
      });
      return isKept
        ? within(
            readMs,
            readOne(kafka, `${inspectorGroups(o.clientId)}${randomUUID()}`, { topic, partition, offset }),
          )
        : undefined;
    },
  };
}

async function lagOn(admin: Admin, groupId: string, topic: string): Promise<GroupLag> {
  const ends = await admin.fetchTopicOffsets(topic);
  const [group] = await patiently(patienceMs, () => admin.fetchOffsets({ groupId, topics: [topic] }));
  const taken = new Map(group?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
  const total: GroupLag = { topic, lag: 0n, slowestPartition: -1, slowestLag: 0n };
  for (const { partition, low, high } of ends) {
    const next = taken.get(partition) ?? -1n;
    // What was deleted before it was taken waits no more.
    const lag = BigInt(high) - (next < BigInt(low) ? BigInt(low) : next);
    total.lag += lag;
    if (lag > total.slowestLag) Object.assign(total, { slowestPartition: partition, slowestLag: lag });
  }
  return total;
}

async function withAdmin<T>(kafka: KafkaClient, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await use(admin);
  } finally {
    await within(2_000, admin.disconnect()).catch(() => {});
  }
}

/** kafkajs reads in groups only, so this is a group of one that commits nothing and is deleted. */
async function readOne(
  kafka: KafkaClient,
  groupId: string,
  { topic, partition, offset }: { topic: string; partition: number; offset: bigint },
): Promise<Uint8Array | null | undefined> {
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  const found = Promise.withResolvers<Uint8Array | null | undefined>();
  const stopListening = consumer.on(consumer.events.CRASH, ({ payload }) => found.reject(payload.error));
  try {
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({
      autoCommit: false,
      async eachMessage({ partition: at, message }) {
        if (at !== partition || BigInt(message.offset) < offset) return;
        // A compacted topic may have passed over the record.
        found.resolve(BigInt(message.offset) === offset ? message.value : undefined);
      },
    });
    consumer.seek({ topic, partition, offset: offset.toString() });
    return await within(readMs - 4_000, found.promise);
  } finally {
    stopListening();
    await within(2_000, consumer.disconnect()).catch(() => {});
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => {});
  }
}
