import type pg from "pg";
import { observeConsumer, observePool } from "./basis-metrics.ts";
import { openPool, serviceUrl } from "./database.ts";
import { topics } from "./event-catalogue.ts";
import { foreignTopics, type Naming } from "./event-naming/names.ts";
import { renamingPublisher } from "./event-naming/renaming-publisher.ts";
import { kafkaPublisher } from "./kafka-publisher.ts";
import { migrate, type NamedMigration } from "./migrate.ts";
import type { EventPublisher } from "./publisher.ts";
import { type Relay, startRelay } from "./relay.ts";
import type { ServiceConfig } from "./service-config.ts";
import { groundOf, type ServiceGround, type ServiceOverrides } from "./service-ground.ts";
import type { AppId } from "./services.ts";

/** What every part of a service with a database stands on. */
export interface ServiceBasis extends ServiceGround {
  config: ServiceConfig;
  /** Connections of the service's own role, in its own schema. */
  pool: pg.Pool;
  relay: Relay;
}

/**
 * Migrates the service's schema, opens its pool and starts the relay of its outbox. Nothing of it waits for Kafka. What
 * was opened is closed with `stack`.
 *
 * The schema is named after the app, its role `todo_<app>`.
 */
export async function openBasis(
  stack: AsyncDisposableStack,
  o: {
    app: AppId;
    config: ServiceConfig;
    migrations: readonly NamedMigration[];
    overrides: ServiceOverrides;
  },
): Promise<ServiceBasis> {
  const { app, config, migrations, overrides } = o;
  const ground = groundOf({ app, config, overrides });
  const { log, failpoints } = ground;
  const { databaseUrl: adminUrl, databaseRolePassword: password } = config;
  const { databasePoolSize: size, databaseIdleMs: idleMs } = config;
  const role = `todo_${app}`;
  await migrate({ adminUrl, schema: app, role, password, migrations, log });
  const url = serviceUrl(adminUrl, role, password);
  const pool = stack.adopt(openPool({ url, schema: app, size, idleMs, name: app }), (opened) => opened.end());
  stack.use(observePool(app, pool));
  const { kafka } = config;
  stack.use(observeConsumer({ app, pool, kafka: overrides.publisher ? undefined : kafka, log }));
  const publisher = named(
    overrides.publisher ?? stack.use(kafkaPublisher({ kafka, clientId: app, log, topics: topicsOf(config) })),
    config.topicsNaming,
  );
  const relay = stack.use(
    await startRelay({ pool, listenUrl: url, schema: app, publisher, log, failpoints }),
  );
  return { ...ground, config, pool, relay };
}

function topicsOf({ topicsNaming }: ServiceConfig): string[] {
  return [...topics, ...foreignTopics(topicsNaming)].map(({ name }) => name);
}

function named(publisher: EventPublisher, naming: Naming): EventPublisher {
  return naming === "canonical" ? publisher : renamingPublisher(publisher, naming);
}
