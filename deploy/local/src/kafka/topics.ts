import { deadLetterTopics, topics } from "@todo/kit/event-catalogue";
import { foreignTopics, type Naming } from "@todo/kit/event-naming/names";
import type { KafkaConnection } from "@todo/kit/kafka-connection";
import kafkajs, { type Admin, type ITopicConfig } from "kafkajs";
import { eventually } from "../process/wait.ts";
import { ensureAcls } from "./acls.ts";
import { kafkaClient } from "./broker.ts";

/** Every topic of the catalogue as Kafka wants it: the sidecars' dead letter topics too, and those of another naming. */
export function topicConfigs(naming: Naming = "canonical"): ITopicConfig[] {
  const foreign = foreignTopics(naming).map((topic) => ({ ...topic, cleanup: "delete" as const }));
  const own = [...topics, ...foreign].map(({ name, partitions, retentionMs, cleanup }) => ({
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

/** Makes the topics that are missing, sets what the catalogue says of the others, and waits until every partition has a leader. */
export async function ensureTopics(connection: KafkaConnection, naming?: Naming): Promise<void> {
  await withAdmin(connection, async (admin) => {
    const wanted = topicConfigs(naming);
    const found = new Set(await admin.listTopics());
    const missing = wanted.filter(({ topic }) => !found.has(topic));
    await setWhatDiffers(
      admin,
      wanted.filter(({ topic }) => found.has(topic)),
    );
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

/**
 * How long a topic keeps its records follows the catalogue. Whatever else somebody set on it is said again, for the call
 * takes away what it does not name.
 */
async function setWhatDiffers(admin: Admin, wanted: readonly ITopicConfig[]): Promise<void> {
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  if (wanted.length === 0) return;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: wanted.map(({ topic }) => ({ type, name: topic })),
  });
  const changed = wanted.flatMap(({ topic, configEntries = [] }) => {
    const found = resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
    const isSet = configEntries.every(({ name, value }) =>
      found.some(({ configName, configValue }) => configName === name && configValue === value),
    );
    const others = found
      .filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
      .map(({ configName, configValue }) => ({ name: configName, value: configValue }))
      .filter(({ name }) => !configEntries.some((one) => one.name === name));
    return isSet ? [] : [{ type, name: topic, configEntries: [...configEntries, ...others] }];
  });
  if (changed.length > 0) await admin.alterConfigs({ validateOnly: false, resources: changed });
}

async function everyPartitionLed(admin: Admin, names: string[]) {
  const { topics: described } = await admin.fetchTopicMetadata({ topics: names });
  const led = described.filter(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  if (led.length < names.length) throw new Error(`${names.length - led.length} topics have none`);
}
