import { appCallbackMounts } from "@todo/kit/app-callback";
import { boundTo } from "@todo/kit/bound-pool";
import { sweepConsumer } from "@todo/kit/consumer-retention";
import { kyselyOn } from "@todo/kit/database";
import { mount } from "@todo/kit/grpc/server";
import { createParkedEventsService } from "@todo/kit/parked-events";
import { startPeriodic } from "@todo/kit/periodic";
import type { RunningApp } from "@todo/kit/running-app";
import { openBasis, type ServiceBasis } from "@todo/kit/service-app";
import { listen, type ServiceOverrides } from "@todo/kit/service-ground";
import { createSubscriber, type Subscriber } from "@todo/kit/subscribe";
import { ParkedEventsService } from "@todo/proto/todo/audit/v1/parked_events_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import type { TaskConfig } from "./config.ts";
import { taskSubscriptions } from "./consumer.ts";
import { refusedOnceErased } from "./erased-users.ts";
import { sweepErasures } from "./erasure-sweep.ts";
import { jobsOf } from "./jobs.ts";
import { migrations } from "./migrations.ts";
import { createRefusals } from "./refusals.ts";
import { createTagQuota } from "./tag-quota.ts";
import { createTaskService } from "./task-service.ts";
import { createTurns } from "./turns.ts";
import { createWriter } from "./write.ts";

/** Puts the service together and starts it. Disposing of it stops it in order: intake first, the database last. */
export async function startTaskApp(
  config: TaskConfig,
  overrides: ServiceOverrides = {},
): Promise<RunningApp> {
  await using stack = new AsyncDisposableStack();
  const basis = await openBasis(stack, { app: "task", config, migrations, overrides });
  const service = buildService(stack, config, basis);
  const subscriber = buildSubscriber(stack, config, basis);
  const parked = createParkedEventsService({ app: "task", database: kyselyOn(basis.pool), subscriber });
  const mounts = [
    mount(TaskService, service),
    mount(ParkedEventsService, parked),
    ...appCallbackMounts(subscriber),
  ];
  const ports = await listen(stack, basis, mounts, [refusedOnceErased]);
  const owned = stack.move();
  return { ...ports, subscriber, relay: basis.relay, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function buildService(stack: AsyncDisposableStack, config: TaskConfig, basis: ServiceBasis) {
  const { outboxCap, taskQuota, writeWaitMs: waitMs, refusalsPerMinute: perMinute } = config;
  const { now, log, failpoints, relay, pool: database } = basis;
  const kysely = kyselyOn(database);
  const refusals = stack.use(createRefusals({ database, kysely, relay, now, log, perMinute }));
  const databaseFor = (signal: AbortSignal) => boundTo(database, signal);
  const turns = createTurns({ waitMs });
  const write = createWriter({ databaseFor, relay, turns, now, failpoints, outboxCap, waitMs, taskQuota });
  for (const job of jobsOf(config, { database, write, now })) stack.use(startPeriodic({ ...job, log }));
  const tags = createTagQuota({ limit: config.tagQuota, free: config.freeTags });
  return createTaskService({
    databaseFor,
    write,
    refusals,
    tags,
    now,
  });
}

function buildSubscriber(stack: AsyncDisposableStack, config: TaskConfig, basis: ServiceBasis): Subscriber {
  const { erasureSweepMs: everyMs, outboxCap } = config;
  const { now, log, relay, pool, failpoints } = basis;
  const database = kyselyOn(pool);
  const outboxFull = () => relay.depth() >= outboxCap;
  const sweep = { database, now, outboxFull, recorded: () => relay.kick() };
  const onFailure = "erasures were not swept";
  stack.use(startPeriodic({ onFailure, everyMs, log, work: () => sweepErasures(sweep) }));
  const forget = (signal: AbortSignal) => sweepConsumer({ database, now, log }, signal);
  const onFailedForget = "old deliveries were not swept";
  stack.use(startPeriodic({ onFailure: onFailedForget, everyMs: config.answerSweepMs, log, work: forget }));
  const subscriptions = taskSubscriptions({ now });
  return createSubscriber({ app: "task", database, subscriptions, log, now, failpoints });
}
