import { deadLetterTopicOf, deadLetterTopics, subscriptionsOf, topics } from "./event-catalogue.ts";
import { allForeignNames, foreignNamesOf } from "./event-naming/names.ts";
import { type AppId, appIds } from "./services.ts";

/** What a user of Kafka may do with a topic or a group, or with all whose names begin so. What nobody may is refused. */
export interface KafkaRight {
  readonly resource: "topic" | "group";
  readonly name: string;
  readonly pattern: "literal" | "prefixed";
  readonly operations: readonly KafkaOperation[];
}

/** As Kafka's access control lists name them. */
export type KafkaOperation = "Read" | "Write" | "Describe" | "Delete";

/** Who makes topics and users, and looks at everything. No app is it. */
export const kafkaAdministrator = "admin";

/** How the groups of one member are called by which a client looks at single records. */
export const inspectorGroups = (clientId: string): string => `${clientId}-inspector-`;

/**
 * The rights of an app, which its relay and its sidecar share as one user, from the catalogue alone: it writes what it
 * produces, under whatever name, and the dead letters of its own sidecar; it reads what it subscribes, as the group that is called as it is.
 * The audit service serves operators, so it reads what others were sent, and sees how far they are.
 */
export function kafkaRightsOf(app: AppId): KafkaRight[] {
  const consumed = topics.filter(({ consumers }) => consumers.includes(app)).map(({ name }) => name);
  const produced = topics.filter(({ producers }) => producers.includes(app));
  const written = [
    ...produced.map(({ name }) => name),
    ...produced.flatMap(foreignNamesOf),
    ...consumed.map((topic) => deadLetterTopicOf(topic, app)),
  ];
  const read = subscriptionsOf(app);
  const names = [...topics, ...deadLetterTopics()].map(({ name }) => name).concat(allForeignNames());
  const ofTopics = names.flatMap((name) => {
    const operations: KafkaOperation[] = [
      ...(read.includes(name) ? (["Read"] as const) : []),
      ...(written.includes(name) ? (["Write"] as const) : []),
    ];
    return operations.length === 0 ? [] : [literal("topic", name, operations)];
  });
  const own = read.length === 0 ? [] : [literal("group", app, ["Read"])];
  return [...ofTopics, ...own, ...(app === "audit" ? inspecting() : [])];
}

function inspecting(): KafkaRight[] {
  const others = consumers().filter((app) => app !== "audit");
  return [
    ...others.map((app) => literal("group", app, ["Describe"])),
    {
      resource: "group",
      name: inspectorGroups("audit"),
      pattern: "prefixed",
      operations: ["Read", "Delete"],
    },
  ];
}

const consumers = (): AppId[] => appIds.filter((app) => subscriptionsOf(app).length > 0);

function literal(
  resource: KafkaRight["resource"],
  name: string,
  operations: readonly KafkaOperation[],
): KafkaRight {
  return { resource, name, pattern: "literal", operations };
}

/** The apps that are users of Kafka. */
export function kafkaUsers(): AppId[] {
  return appIds.filter((app) => kafkaRightsOf(app).length > 0);
}
