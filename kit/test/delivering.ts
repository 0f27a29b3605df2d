import { randomUUID } from "node:crypto";
import type { IncomingRecord } from "@todo/kit/event";
import { clientOf, type KafkaConnection } from "@todo/kit/kafka-connection";
import type { EventPublisher } from "@todo/kit/publisher";
import type { Subscriber } from "@todo/kit/subscribe";
import kafkajs from "kafkajs";

/** What delivering a topic from its beginning to its end came to. */
export interface Delivered {
  records: number;
  dropped: number;
  /** The most deliveries that were under way at once. */
  mostAtOnce: number;
}

/**
 * Delivers a topic as sidecars do: partitions beside each other, the records of one in order, again after RETRY, and to a
 * dead letter topic with value and key unchanged after DROP.
 */
export async function deliverAll(o: {
  kafka: KafkaConnection;
  topic: string;
  deadLetterTopic: string;
  publisher: EventPublisher;
  subscriber: Subscriber;
}): Promise<Delivered> {
  const kafka = new kafkajs.Kafka({ clientId: "test", ...clientOf(o.kafka), logLevel: 0 });
  const open = await ends(kafka, o.topic);
  const result: Delivered = { records: 0, dropped: 0, mostAtOnce: 0 };
  let underWay = 0;
  const done = Promise.withResolvers<void>();
  const groupId = `test-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic: o.topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 6,
    async eachMessage({ partition, message }) {
      const record = recordOf(o.topic, partition, message);
      result.mostAtOnce = Math.max(result.mostAtOnce, ++underWay);
      const outcome = await o.subscriber.deliver(record);
      underWay--;
      if (outcome === "RETRY") throw new Error("asked for again");
      if (outcome === "DROP") {
        const { key, value } = record;
        const signal = AbortSignal.timeout(30_000);
        await o.publisher.append(o.deadLetterTopic, partition, [{ key, value, headers: {} }], signal);
        result.dropped++;
      }
      result.records++;
      if (record.offset + 1n >= (open.get(partition) ?? 0n)) open.delete(partition);
      if (open.size === 0) done.resolve();
    },
  });
  const limit = setTimeout(() => done.reject(new Error(`${o.topic} was not delivered to its end`)), 120_000);
  try {
    await done.promise;
  } finally {
    clearTimeout(limit);
    await consumer.disconnect();
  }
  return result;
}

async function ends(kafka: kafkajs.Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  const found = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return new Map(
    found.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, BigInt(high)]),
  );
}

function recordOf(topic: string, partition: number, message: kafkajs.KafkaMessage): IncomingRecord {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, `${value}`]);
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString() ?? "",
    value: message.value,
    headers: Object.fromEntries(headers),
  };
}
