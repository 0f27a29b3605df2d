import { describe, expect, it } from "vitest";
import { deadLetterTopics, subscriptionsOf, topics } from "./event-catalogue.ts";
import { foreignNamesOf } from "./event-naming/names.ts";
import { type KafkaOperation, kafkaRightsOf, kafkaUsers } from "./kafka-rights.ts";
import { appIds } from "./services.ts";

const topicsOf = (app: (typeof appIds)[number], operation: KafkaOperation) =>
  kafkaRightsOf(app)
    .filter(({ resource, operations }) => resource === "topic" && operations.includes(operation))
    .map(({ name }) => name);

describe("the rights on Kafka", () => {
  it.each(appIds)(
    "let %s write what it produces, under whatever name, and the dead letters of its sidecar, and no more [R068]",
    (app) => {
      const own = topics.filter(({ producers }) => producers.includes(app));
      const produced = own.flatMap((topic) => [topic.name, ...foreignNamesOf(topic)]);
      const dead = deadLetterTopics().filter(({ consumer }) => consumer === app);
      const wanted = new Set([...produced, ...dead.map(({ name }) => name)]);
      expect(topicsOf(app, "Write").sort()).toEqual([...wanted].sort());
    },
  );

  it.each(appIds)("let %s read what it subscribes, and no more [R068]", (app) => {
    expect(topicsOf(app, "Read").sort()).toEqual(subscriptionsOf(app).sort());
  });

  it("let identity alone say that a user was erased", () => {
    expect(appIds.filter((app) => topicsOf(app, "Write").includes("user.events"))).toEqual(["identity"]);
  });

  it("give each consumer its own group, and nobody that of another", () => {
    for (const app of kafkaUsers()) {
      const joined = kafkaRightsOf(app).filter(
        ({ resource, pattern, operations }) =>
          resource === "group" && pattern === "literal" && operations.includes("Read"),
      );
      expect(joined.map(({ name }) => name)).toEqual(subscriptionsOf(app).length > 0 ? [app] : []);
    }
  });

  it("know no user that has nothing to do there", () => {
    expect(kafkaUsers()).toEqual(["task", "identity", "audit", "recurrence"]);
  });
});
