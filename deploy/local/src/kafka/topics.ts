import { deadLetterTopics, topics } from "@todo/kit/event-catalogue";
import type { KafkaConnection } from "@todo/kit/kafka-connection";
import type { Admin, ITopicConfig } from "kafkajs";
import { eventually } from "../process/wait.ts";
import { ensureAcls } from "./acls.ts";
import { kafkaClient } from "./broker.ts";

/** Every topic of the catalogue, the sidecars' dead letter topics too, as Kafka wants it. */
export function topicConfigs(): ITopicConfig[] {
  const own = topics.map(({ name, partitions, retentionMs, cleanup }) => ({
    topic: name,
    numPartitions: partitions,
    configEntries: [
      { name: "cleanup.policy", value: cleanup },
      { name: "retention.ms", value: String(retentionMs ?? -1) },
    ],
  }));
  const dead = deadLetterTopics().map(({ name, partitions, retentionMs }) => ({
    topic: name,
    numPartitions: partitions,
    configEntries: [
      { name: "cleanup.policy", value: "delete" },
      { name: "retention.ms", value: String(retentionMs) },
    ],
  }));
  return [...own, ...dead];
}

/** Makes the topics that are missing and waits until every partition has a leader. */
export async function ensureTopics(connection: KafkaConnection): Promise<void> {
  await withAdmin(connection, async (admin) => {
    const wanted = topicConfigs();
    const found = new Set(await admin.listTopics());
    const missing = wanted.filter(({ topic }) => !found.has(topic));
    if (missing.length > 0)
      await admin.createTopics({ topics: missing, waitForLeaders: false, timeout: 30_000 });
    const names = wanted.map(({ topic }) => topic);
    await eventually("not every partition has a leader", () => everyPartitionLed(admin, names), {
      within: 60_000,
    });
  });
}

/** Makes the rights of all apps what the catalogue says, on a cluster of ours. */
export async function ensureRights(connection: KafkaConnection): Promise<void> {
  await withAdmin(connection, ensureAcls);
}

async function withAdmin(connection: KafkaConnection, use: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = kafkaClient(connection).admin();
  await eventually("Kafka does not answer", () => admin.connect(), { within: 60_000 });
  try {
    await use(admin);
  } finally {
    await admin.disconnect();
  }
}

async function everyPartitionLed(admin: Admin, names: string[]) {
  const { topics: described } = await admin.fetchTopicMetadata({ topics: names });
  const led = described.filter(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  if (led.length < names.length) throw new Error(`${names.length - led.length} topics have none`);
}
