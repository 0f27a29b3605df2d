import type { Interceptor } from "@connectrpc/connect";
import type pg from "pg";
import { createHealth, serveAdmin } from "./admin.ts";
import { createAssertionVerifier } from "./assertion.ts";
import { observeConsumer, observePool } from "./basis-metrics.ts";
import { openPool, serviceUrl } from "./database.ts";
import { createFailpoints, type Failpoints } from "./failpoint.ts";
import { serviceInterceptors } from "./grpc/interceptors.ts";
import { type Mount, serveGrpc } from "./grpc/server.ts";
import { kafkaPublisher } from "./kafka-publisher.ts";
import { createLogger, type Logger } from "./log.ts";
import { migrate, type NamedMigration } from "./migrate.ts";
import type { EventPublisher } from "./publisher.ts";
import { type Relay, startRelay } from "./relay.ts";
import type { MeshConfig, ServiceConfig } from "./service-config.ts";
import type { AppId } from "./services.ts";

/** What a test, or whoever runs several services in one process, may put in place of the real thing. */
export interface ServiceOverrides {
  now?: () => Date;
  log?: Logger;
  publisher?: EventPublisher;
  failpoints?: Failpoints;
}

/** What every service stands on. */
export interface ServiceGround {
  app: AppId;
  config: MeshConfig;
  now: () => Date;
  log: Logger;
  failpoints: Failpoints;
}

/** What every part of a service with a database stands on. */
export interface ServiceBasis extends ServiceGround {
  config: ServiceConfig;
  /** Connections of the service's own role, in its own schema. */
  pool: pg.Pool;
  relay: Relay;
}

/** The ground of a service that keeps nothing. */
export function groundOf(o: { app: AppId; config: MeshConfig; overrides: ServiceOverrides }): ServiceGround {
  const { app, config, overrides } = o;
  return {
    app,
    config,
    now: overrides.now ?? (() => new Date()),
    log: overrides.log ?? createLogger({ service: app, level: config.logLevel }),
    failpoints: overrides.failpoints ?? createFailpoints(config.failpoints),
  };
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
  const { databaseUrl: adminUrl, databaseRolePassword: password, databasePoolSize: size } = config;
  const role = `todo_${app}`;
  await migrate({ adminUrl, schema: app, role, password, migrations, log });
  const url = serviceUrl(adminUrl, role, password);
  const pool = stack.adopt(openPool({ url, schema: app, size, name: app }), (opened) => opened.end());
  stack.use(observePool(app, pool));
  const brokers = overrides.publisher === undefined ? config.kafkaBrokers : undefined;
  stack.use(observeConsumer({ app, pool, brokers, log }));
  const publisher =
    overrides.publisher ?? stack.use(kafkaPublisher({ brokers: config.kafkaBrokers, clientId: app, log }));
  const relay = stack.use(
    await startRelay({ pool, listenUrl: url, schema: app, publisher, log, failpoints }),
  );
  return { ...ground, config, pool, relay };
}

/**
 * Serves the mounts on the service's gRPC port, and health and metrics on its admin port. At the end readiness goes
 * first, then the calls that are under way finish.
 *
 * @param further interceptors behind those that every service has
 */
export async function listen(
  stack: AsyncDisposableStack,
  { app, config, log, pool }: ServiceGround & { pool?: pg.Pool },
  mounts: Mount[],
  further: Interceptor[] = [],
): Promise<{ port: number; adminPort: number }> {
  const { host, appApiToken, keyBundle, shutdownGraceMs: graceMs } = config;
  const health = createHealth(
    pool === undefined ? {} : { database: async () => void (await pool.query("select 1")) },
  );
  const admin = stack.use(await serveAdmin({ host, port: config.adminPort, health }));
  const verifier = createAssertionVerifier({ app, keyBundle });
  const interceptors = [...serviceInterceptors({ app, log, appApiToken, verifier }), ...further];
  const shutdown = stack.adopt(new AbortController(), (controller) => controller.abort()).signal;
  const server = stack.use(
    await serveGrpc({ host, port: config.grpcPort, mounts, interceptors, shutdown, graceMs, log }),
  );
  stack.defer(() => health.stopAccepting());
  health.markStarted();
  log.info({ port: server.port, admin_port: admin.port }, "ready");
  return { port: server.port, adminPort: admin.port };
}
