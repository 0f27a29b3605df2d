import { clientOf, type KafkaConnection } from "@todo/kit/kafka-connection";
import { patiently } from "@todo/kit/kafka-patience";
import { type Admin, Kafka, logLevel } from "kafkajs";

/** The consumer group of an app is called as the app. */
export const auditGroup = { groupId: "audit", topic: "task.events" };

type Group = typeof auditGroup;

/** How long a group's coordinator may take to move after brokers came and went. */
const patienceMs = 30_000;

/** How many records of a topic a group has not yet taken. */
export function lagOf(connection: KafkaConnection, { groupId, topic }: Group): Promise<bigint> {
  return withAdmin(connection, async (admin) => {
    const ends = await admin.fetchTopicOffsets(topic);
    const ask = () => admin.fetchOffsets({ groupId, topics: [topic] });
    const [group] = await patiently(patienceMs, ask);
    const taken = new Map(group?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    return ends.reduce((lag, { partition, low, high }) => {
      const from = taken.get(partition) ?? -1n;
      return lag + BigInt(high) - (from < 0n ? BigInt(low) : from);
    }, 0n);
  });
}

/** How many records a topic has had. */
export function endOf(connection: KafkaConnection, topic: string): Promise<bigint> {
  return withAdmin(connection, async (admin) => {
    const ends = await admin.fetchTopicOffsets(topic);
    return ends.reduce((sum, { high }) => sum + BigInt(high), 0n);
  });
}

/** Sets a group without members back to the beginning of a topic. */
export function forgetOffsets(connection: KafkaConnection, group: Group): Promise<void> {
  return withAdmin(connection, (admin) => admin.resetOffsets({ ...group, earliest: true }));
}

async function withAdmin<T>(connection: KafkaConnection, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ clientId: "test", ...clientOf(connection), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}
