import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs, { type Admin, type Kafka as KafkaClient } from "kafkajs";
import { inject } from "vitest";
import { clientOf, type KafkaConnection } from "../kafka-connection.ts";
import { quietTimers } from "../kafkajs-timer.ts";
import { partitionCount } from "../partition.ts";

const { Kafka, logLevel } = kafkajs;

/** A record as a reader of the topic finds it. */
export interface StoredRecord {
  partition: number;
  offset: bigint;
  key: string;
  value: Buffer | null;
  headers: Record<string, string>;
}

export interface TestTopic extends AsyncDisposable {
  /** The brokers that the tests share, as their administrator. */
  kafka: KafkaConnection;
  name: string;
  /** Everything that is stored now, in order per partition. */
  read(): Promise<StoredRecord[]>;
}

/** A topic of one's own on the Kafka that the tests share, with leaders elected; deleted at disposal. */
export async function testTopic(prefix: string, config: Record<string, string> = {}): Promise<TestTopic> {
  quietTimers();
  const connection = inject("kafka");
  const kafka = new Kafka({ clientId: "test", ...clientOf(connection), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const name = `${prefix}.${randomBytes(6).toString("hex")}`;
  const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
  await admin.createTopics({
    topics: [{ topic: name, numPartitions: partitionCount, configEntries }],
    waitForLeaders: true,
  });
  // The metadata names a leader a little before that broker knows.
  for (let waits = 0; ; waits++) {
    const ready = await admin.fetchTopicOffsets(name).catch((error: unknown) => {
      if (waits === 200) throw error;
    });
    if (ready !== undefined) break;
    await sleep(50);
  }
  return {
    kafka: connection,
    name,
    read: () => readAll(kafka, admin, name),
    async [Symbol.asyncDispose]() {
      await admin.deleteTopics({ topics: [name] });
      await admin.disconnect();
    },
  };
}

async function readAll(kafka: KafkaClient, admin: Admin, topic: string): Promise<StoredRecord[]> {
  const ends = await admin.fetchTopicOffsets(topic);
  const open = new Map(
    ends.filter(({ high, low }) => high !== low).map(({ partition, high }) => [partition, BigInt(high)]),
  );
  const records: StoredRecord[] = [];
  if (open.size === 0) return records;
  const groupId = `test-${randomBytes(6).toString("hex")}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      const offset = BigInt(message.offset);
      const end = open.get(partition);
      if (end === undefined || offset >= end) return;
      records.push({
        partition,
        offset,
        key: message.key?.toString() ?? "",
        value: message.value,
        headers: Object.fromEntries(
          Object.entries(message.headers ?? {}).map(([name, value]) => [name, `${value}`]),
        ),
      });
      if (offset === end - 1n) open.delete(partition);
    },
  });
  try {
    for (let waits = 0; open.size > 0; waits++) {
      if (waits === 1_000) throw new Error(`${topic} could not be read to its end within 20 s`);
      await sleep(20);
    }
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => {});
  }
  return records.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
}
