import { createHealth, serveAdmin } from "@todo/kit/admin";
import { createAssertionVerifier } from "@todo/kit/assertion";
import { kyselyOn, openPool, serviceUrl } from "@todo/kit/database";
import { createFailpoints, type Failpoints } from "@todo/kit/failpoint";
import { serviceInterceptors } from "@todo/kit/grpc/interceptors";
import { mount, serveGrpc } from "@todo/kit/grpc/server";
import { kafkaPublisher } from "@todo/kit/kafka-publisher";
import { createLogger, type Logger } from "@todo/kit/log";
import { migrate } from "@todo/kit/migrate";
import type { EventPublisher } from "@todo/kit/publisher";
import { startRelay } from "@todo/kit/relay";
import type { RunningApp } from "@todo/kit/running-app";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { startAnswerSweep } from "./answer-sweep.ts";
import type { TaskConfig } from "./config.ts";
import { migrations } from "./migrations.ts";
import { createRefusals } from "./refusals.ts";
import { createTaskService } from "./task-service.ts";
import { createTurns } from "./turns.ts";
import { createWriter } from "./write.ts";

export interface TaskOverrides {
  now?: () => Date;
  log?: Logger;
  publisher?: EventPublisher;
  failpoints?: Failpoints;
}

/** What everything in the app needs. */
interface Basis {
  config: TaskConfig;
  now: () => Date;
  log: Logger;
  failpoints: Failpoints;
}

const schema = "task";
const role = "todo_task";

/** Puts the service together and starts it. Disposing of it stops it in order: intake first, the database last. */
export async function startTaskApp(config: TaskConfig, overrides: TaskOverrides = {}): Promise<RunningApp> {
  const basis: Basis = {
    config,
    now: overrides.now ?? (() => new Date()),
    log: overrides.log ?? createLogger({ service: schema, level: config.logLevel }),
    failpoints: overrides.failpoints ?? createFailpoints(config.failpoints),
  };
  await using stack = new AsyncDisposableStack();
  const { pool, url } = await openDatabase(stack, basis);
  const { log, failpoints } = basis;
  const publisher =
    overrides.publisher ?? stack.use(kafkaPublisher({ brokers: config.kafkaBrokers, clientId: schema, log }));
  const relay = stack.use(await startRelay({ pool, listenUrl: url, schema, publisher, log, failpoints }));
  const service = buildService(stack, basis, { pool, relay });
  const ports = await listen(stack, basis, { pool, service });
  log.info({ port: ports.port, admin_port: ports.adminPort }, "ready");

  const owned = stack.move();
  return { ...ports, relay, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

type Pool = ReturnType<typeof openPool>;
type RunningRelay = Awaited<ReturnType<typeof startRelay>>;
type Service = ReturnType<typeof createTaskService>;

async function openDatabase(stack: AsyncDisposableStack, { config, log }: Basis) {
  const { databaseUrl: adminUrl, databaseRolePassword: password, databasePoolSize: size } = config;
  await migrate({ adminUrl, schema, role, password, migrations, log });
  const url = serviceUrl(adminUrl, role, password);
  const pool = stack.adopt(openPool({ url, schema, size, name: schema }), (opened) => opened.end());
  return { pool, url };
}

function buildService(
  stack: AsyncDisposableStack,
  { config, now, log, failpoints }: Basis,
  { pool: database, relay }: { pool: Pool; relay: RunningRelay },
): Service {
  const { outboxCap, writeWaitMs: waitMs, refusalsPerMinute: perMinute, answerSweepMs: everyMs } = config;
  stack.use(startAnswerSweep({ database, now, everyMs, log }));
  const kysely = kyselyOn(database);
  const refusals = stack.use(createRefusals({ database, kysely, relay, now, log, perMinute }));
  const turns = createTurns({ waitMs });
  const write = createWriter({ database, relay, turns, now, failpoints, outboxCap, waitMs });
  return createTaskService({ database, write, refusals });
}

async function listen(
  stack: AsyncDisposableStack,
  { config, log }: Basis,
  { pool, service }: { pool: Pool; service: Service },
): Promise<{ port: number; adminPort: number }> {
  const { host, grpcPort, adminPort, appApiToken, keyBundle, shutdownGraceMs: graceMs } = config;
  const health = createHealth({ database: async () => void (await pool.query("select 1")) });
  const admin = stack.use(await serveAdmin({ host, port: adminPort, health }));
  const verifier = createAssertionVerifier({ app: schema, keyBundle });
  const interceptors = serviceInterceptors({ app: schema, log, appApiToken, verifier });
  const shutdown = stack.adopt(new AbortController(), (controller) => controller.abort()).signal;
  const mounts = [mount(TaskService, service)];
  const server = stack.use(
    await serveGrpc({ host, port: grpcPort, mounts, interceptors, shutdown, graceMs, log }),
  );
  stack.defer(() => health.stopAccepting());
  health.markStarted();
  return { port: server.port, adminPort: admin.port };
}
