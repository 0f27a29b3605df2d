import { clientOf } from "@todo/kit/kafka-connection";
import kafkajs from "kafkajs";
import { expect, inject, it } from "vitest";
import { ensureTopics } from "#src/kafka/topics.ts";

const { ConfigResourceTypes, ConfigSource } = kafkajs;
const topic = "task.audit";
const type = ConfigResourceTypes.TOPIC;

it("keeps what the catalogue says, for as long, also on a topic that was made otherwise [R057]", async () => {
  const kafka = inject("kafka");
  const admin = new kafkajs.Kafka({ clientId: "test", ...clientOf(kafka), logLevel: 0 }).admin();
  await admin.connect();
  try {
    await ensureTopics(kafka);
    const otherwise = [
      { name: "retention.ms", value: "60000" },
      { name: "max.message.bytes", value: "2000000" },
    ];
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type, name: topic, configEntries: otherwise }],
    });
    await ensureTopics(kafka);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type, name: topic }],
    });
    const set = (resources[0]?.configEntries ?? [])
      .filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG)
      .map(({ configName, configValue }) => `${configName}=${configValue}`);
    const month = 30 * 86_400_000;
    expect(set.sort()).toEqual([
      "cleanup.policy=delete",
      "max.message.bytes=2000000",
      `retention.ms=${month}`,
    ]);
  } finally {
    await admin.disconnect();
  }
});
