import { deadLetterTopicOf, deadLetterTopics, subscriptionsOf, topics } from "@todo/kit/event-catalogue";
import { type AppId, appIds } from "@todo/kit/services";
import { placeholder, type Yaml } from "./yaml.ts";

/** The name of the pub/sub component. */
export const pubsubName = "kafka";

/**
 * The way from Kafka to the apps. Every topic is protected: a sidecar reads only what the catalogue lets its app read,
 * and writes only the dead letters of its own app, since domain topics are written by the relays alone.
 * `consumerGroup` is left out, which makes each app its own group.
 */
export function pubsubComponent(): Yaml {
  const metadata = {
    brokers: placeholder("KAFKA_BROKERS"),
    authType: placeholder("KAFKA_AUTH_TYPE"),
    saslMechanism: "SHA-512",
    disableTls: placeholder("KAFKA_DISABLE_TLS"),
    caCert: placeholder("KAFKA_CA"),
    version: "3.6.0",
    // The default would miss what was published before the first start.
    initialOffset: "oldest",
    clientID: "todo",
    compression: "none",
    producerRequiredAcks: "all",
    consumerGroupRebalanceStrategy: "sticky",
    // The event carries its own trace context; a header with another would travel beside it.
    excludeHeaderMetaRegex: "^(traceparent|tracestate)$",
    // One odd byte in a header would make gRPC refuse the delivery for ever.
    escapeHeaders: "true",
    protectedTopics: allTopics().join(","),
    subscriptionScopes: scopes(subscriptionsOf),
    publishingScopes: scopes((app) =>
      deadLetterTopics()
        .filter(({ consumer }) => consumer === app)
        .map(({ name }) => name),
    ),
  };
  return {
    apiVersion: "dapr.io/v1alpha1",
    kind: "Component",
    metadata: { name: pubsubName },
    // A sidecar that loads it ends when Kafka is away at its start; the others do not even connect.
    scopes: appIds.filter((app) => subscriptionsOf(app).length > 0),
    spec: {
      type: "pubsub.kafka",
      version: "v1",
      // The default of 5 s would end the sidecar when Kafka starts slowly.
      initTimeout: "60s",
      metadata: [
        ...Object.entries(metadata).map(([name, value]) => ({ name, value })),
        // All share the component, and each is a user of its own: it reads who it is from its environment.
        { name: "saslUsername", envRef: "KAFKA_USERNAME" },
        { name: "saslPassword", envRef: "KAFKA_PASSWORD" },
      ],
    },
  };
}

/** What an app reads, as declared subscriptions. */
export function subscriptions(app: AppId): Yaml[] {
  return subscriptionsOf(app).map((topic) => subscription(app, topic));
}

/**
 * A dead letter topic is read raw, for what lies there may not even be a CloudEvent; and it has no dead letter topic of
 * its own: its reader is offered the record until it takes it.
 */
function subscription(app: AppId, topic: string): Yaml {
  const last = deadLetterTopics().some(({ name }) => name === topic);
  return {
    apiVersion: "dapr.io/v2alpha1",
    kind: "Subscription",
    metadata: { name: `${app}-${topic.replaceAll(".", "-")}` },
    scopes: [app],
    spec: {
      pubsubname: pubsubName,
      topic,
      routes: { default: "/events" },
      ...(!last && { deadLetterTopic: deadLetterTopicOf(topic, app) }),
      metadata: { rawPayload: String(last) },
    },
  };
}

function allTopics(): string[] {
  return [...topics.map(({ name }) => name), ...deadLetterTopics().map(({ name }) => name)];
}

/** `app=topic,topic;app=topic`: an app that is not named has no right to a protected topic. */
function scopes(topicsOf: (app: AppId) => string[]): string {
  return appIds
    .map((app) => ({ app, names: topicsOf(app) }))
    .filter(({ names }) => names.length > 0)
    .map(({ app, names }) => `${app}=${names.join(",")}`)
    .join(";");
}
