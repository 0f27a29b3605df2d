import kafkajs from "kafkajs";
import { topicConfigs } from "../../kafka/topics.ts";
import { type Check, fault, unless } from "../check.ts";

/** Whether Kafka's topics are as the catalogue wants them. */
export const topics: Check = {
  name: "topics",
  async look({ kafka }) {
    const wanted = topicConfigs();
    const there = await kafka(async (admin) => {
      const names = new Set(await admin.listTopics());
      const known = wanted.filter(({ topic }) => names.has(topic)).map(({ topic }) => topic);
      const [{ topics: described }, { resources }] = await Promise.all([
        admin.fetchTopicMetadata({ topics: known }),
        admin.describeConfigs({
          includeSynonyms: false,
          resources: known.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
        }),
      ]);
      return new Map(
        described.map(({ name, partitions }) => [
          name,
          {
            partitions,
            settings: resources.find((one) => one.resourceName === name)?.configEntries ?? [],
          },
        ]),
      );
    });
    const wrong = wanted.flatMap(({ topic, numPartitions, configEntries = [] }) => {
      const found = there.get(topic);
      if (found === undefined)
        return [fault(`${topic} is missing`, "start the system again: it makes what is missing")];
      const leaderless = found.partitions.filter(({ leader }) => leader < 0).length;
      return [
        ...(found.partitions.length === numPartitions
          ? []
          : [
              fault(
                `${topic} has ${found.partitions.length} partitions instead of ${numPartitions}`,
                "keys would move: drain the topic, delete it and start again",
              ),
            ]),
        ...(leaderless === 0
          ? []
          : [fault(`${leaderless} partitions of ${topic} have no leader`, "look after the brokers")]),
        ...configEntries
          .filter(
            ({ name, value }) => found.settings.find((one) => one.configName === name)?.configValue !== value,
          )
          .map(({ name, value }) =>
            fault(
              `${name} of ${topic} is not ${value}`,
              `kafka-configs.sh --alter --add-config ${name}=${value}`,
            ),
          ),
      ];
    });
    return unless(wrong, `${wanted.length} topics are as the catalogue says`);
  },
};
