import { randomUUID } from "node:crypto";
import { clientOf, type KafkaConnection } from "@todo/kit/kafka-connection";
import { Kafka, logLevel } from "kafkajs";
import { eventually } from "../system/eventually.ts";
import { recordOf, type TopicRecord } from "../system/topic.ts";

const topics = ["task.events", "task.recurring"] as const;
type Tailed = (typeof topics)[number];

/** Keeps every record of some topics, which themselves soon forget it. */
export interface TopicTail extends AsyncDisposable {
  /** Gives all records of a topic, once those are here that it has now. */
  of(topic: Tailed): () => Promise<readonly TopicRecord[]>;
}

/** Begins with the first record of each topic. */
export async function tailTopics(connection: KafkaConnection): Promise<TopicTail> {
  const kafka = new Kafka({ clientId: "tail", ...clientOf(connection), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `tail-${randomUUID()}`, allowAutoTopicCreation: false });
  const records = new Map<string, TopicRecord[]>(topics.map((topic) => [topic, []]));
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, partition, message }) => {
      records.get(topic)?.push(recordOf(partition, message));
    },
  });
  return {
    of: (topic) => async () => {
      const kept = records.get(topic) ?? [];
      await eventually(`all of ${topic}`, async () =>
        (await missingOf(kafka, topic, kept)) === 0 ? true : undefined,
      );
      return kept;
    },
    [Symbol.asyncDispose]: () => consumer.disconnect(),
  };
}

/** How many partitions have a record at their end that was not kept. */
async function missingOf(kafka: Kafka, topic: string, kept: readonly TopicRecord[]): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const newest = new Map<number, bigint>();
    for (const { partition, offset } of kept) newest.set(partition, offset);
    const ends = await admin.fetchTopicOffsets(topic);
    return ends.filter(({ partition, high }) => (newest.get(partition) ?? -1n) < BigInt(high) - 1n).length;
  } finally {
    await admin.disconnect();
  }
}
