import { createHealth, serveAdmin } from "@todo/kit/admin";
import { appCallbackMounts } from "@todo/kit/app-callback";
import { createAssertionVerifier } from "@todo/kit/assertion";
import { type AnyKysely, kyselyOn, openPool, serviceUrl } from "@todo/kit/database";
import { createFailpoints, type Failpoints } from "@todo/kit/failpoint";
import { serviceInterceptors } from "@todo/kit/grpc/interceptors";
import { type Mount, mount, serveGrpc } from "@todo/kit/grpc/server";
import { kafkaPublisher } from "@todo/kit/kafka-publisher";
import { createLogger, type Logger } from "@todo/kit/log";
import { migrate } from "@todo/kit/migrate";
import type { EventPublisher } from "@todo/kit/publisher";
import { startRelay } from "@todo/kit/relay";
import type { RunningApp } from "@todo/kit/running-app";
import { createSubscriber } from "@todo/kit/subscribe";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { createAuditService } from "#src/audit-service.ts";
import type { AuditConfig } from "#src/config.ts";
import { auditSubscriptions } from "#src/consumer.ts";
import { startInboxSweep } from "#src/inbox-sweep.ts";
import { migrations } from "#src/migrations.ts";
import { createRecorder, proveMasterKey } from "#src/recorder.ts";
import { createVault } from "#src/vault.ts";

export interface AuditOverrides {
  now?: () => Date;
  log?: Logger;
  publisher?: EventPublisher;
  failpoints?: Failpoints;
}

const schema = "audit";
const role = "todo_audit";

/** Puts the service together and starts it. Disposing of it stops it in order: intake first, the database last. */
export async function startAuditApp(
  config: AuditConfig,
  overrides: AuditOverrides = {},
): Promise<RunningApp> {
  const now = overrides.now ?? (() => new Date());
  const log = overrides.log ?? createLogger({ service: "audit", level: config.logLevel });
  const failpoints = overrides.failpoints ?? createFailpoints(config.failpoints);
  const vault = createVault(config.masterKey);
  const recorder = createRecorder({ vault, now });

  await using stack = new AsyncDisposableStack();
  const { pool, url } = await openDatabase(stack, config, log);
  const database = kyselyOn(pool);
  await proveMasterKey(database, { vault, now });

  const publisher =
    overrides.publisher ??
    stack.use(kafkaPublisher({ brokers: config.kafkaBrokers, clientId: "audit", log }));
  const relay = stack.use(await startRelay({ pool, listenUrl: url, schema, publisher, log, failpoints }));
  stack.use(startInboxSweep({ database, now, everyMs: config.inboxSweepMs, log }));
  const subscriptions = auditSubscriptions({ recorder, now });
  const subscriber = createSubscriber({ app: "audit", database, subscriptions, log, now });
  const service = createAuditService({ database, vault, recorder, now });
  const mounts = [mount(AuditService, service), ...appCallbackMounts(subscriber)];
  const { port, adminPort } = await listen(stack, { config, log, now, database, mounts });
  log.info({ port, admin_port: adminPort }, "ready");

  const owned = stack.move();
  return { port, adminPort, subscriber, relay, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function openDatabase(stack: AsyncDisposableStack, config: AuditConfig, log: Logger) {
  const { databaseUrl: adminUrl, databaseRolePassword: password, databasePoolSize: size } = config;
  await migrate({ adminUrl, schema, role, password, migrations, log });
  const url = serviceUrl(adminUrl, role, password);
  const pool = stack.adopt(openPool({ url, schema, size, name: "audit" }), (opened) => opened.end());
  return { pool, url };
}

async function listen(
  stack: AsyncDisposableStack,
  o: { config: AuditConfig; log: Logger; now: () => Date; database: AnyKysely; mounts: Mount[] },
) {
  const { host, grpcPort, adminPort, appApiToken, keyBundle, shutdownGraceMs: graceMs } = o.config;
  const health = createHealth({ database: () => ping(o.database) });
  const admin = stack.use(await serveAdmin({ host, port: adminPort, health }));
  const verifier = createAssertionVerifier({ app: "audit", keyBundle, now: o.now });
  const interceptors = serviceInterceptors({ app: "audit", log: o.log, appApiToken, verifier });
  const shutdown = stack.adopt(new AbortController(), (controller) => controller.abort()).signal;
  const { mounts, log } = o;
  const server = stack.use(
    await serveGrpc({ host, port: grpcPort, mounts, interceptors, shutdown, graceMs, log }),
  );
  stack.defer(() => health.stopAccepting());
  health.markStarted();
  return { port: server.port, adminPort: admin.port };
}

async function ping(database: AnyKysely): Promise<void> {
  await database.selectNoFrom((eb) => eb.lit(1).as("one")).execute();
}
