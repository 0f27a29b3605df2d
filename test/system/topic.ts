import { randomUUID } from "node:crypto";
import { clientOf, type KafkaConnection } from "@todo/kit/kafka-connection";
import { Kafka, type KafkaMessage, logLevel } from "kafkajs";

/** A record of a topic, with its CloudEvent if the value is one. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string;
  readonly event: CloudEvent | undefined;
}

/** The attributes of a structured CloudEvent that the tests look at. */
export interface CloudEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly traceparent?: string;
  readonly data: {
    readonly context?: { readonly userId: string; readonly userSeq: string };
    readonly task?: { readonly id: string; readonly title: string };
    readonly series?: { readonly id: string };
    readonly recurrenceId?: string;
  };
}

/** Reads a topic from its beginning to where it ends now, partition by partition in order. */
export async function readTopic(connection: KafkaConnection, topic: string): Promise<TopicRecord[]> {
  const kafka = new Kafka({ clientId: "test", ...clientOf(connection), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const open = new Map(
    ends.filter((end) => end.high !== end.low).map((end) => [end.partition, BigInt(end.high) - 1n]),
  );
  const records: TopicRecord[] = [];
  if (open.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `test-${randomUUID()}`, allowAutoTopicCreation: false });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`${topic} was not read to its end`)), 60_000);
      consumer
        .run({
          autoCommit: false,
          eachMessage: async ({ partition, message }) => {
            const offset = BigInt(message.offset);
            records.push(recordOf(partition, message));
            if (offset >= (open.get(partition) ?? -1n)) open.delete(partition);
            if (open.size > 0) return;
            clearTimeout(limit);
            resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return records;
}

/** A record as it was taken from its topic. */
export function recordOf(partition: number, message: KafkaMessage): TopicRecord {
  const { key, offset, value } = message;
  return { partition, offset: BigInt(offset), key: key?.toString() ?? "", event: parse(value) };
}

/** What nobody can read lies there too: tests put it there. */
function parse(value: Buffer | null): CloudEvent | undefined {
  try {
    const event: Partial<CloudEvent> | null = value === null ? null : JSON.parse(value.toString());
    return typeof event?.data === "object" && event.id !== undefined ? (event as CloudEvent) : undefined;
  } catch {
    return undefined;
  }
}
