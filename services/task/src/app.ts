import { versions } from "node:process";
import { appCallbackMounts } from "@todo/kit/app-callback";
import { type AssertionIssuer, createAssertionIssuer } from "@todo/kit/assertion";
import { boundTo } from "@todo/kit/bound-pool";
import { kyselyOn } from "@todo/kit/database";
import { mount } from "@todo/kit/grpc/server";
import { type Mesh, meshOf } from "@todo/kit/mesh";
import { createParkedEventsService } from "@todo/kit/parked-events";
import { startPeriodic } from "@todo/kit/periodic";
import { createRefusals } from "@todo/kit/refusals";
import type { RunningApp } from "@todo/kit/running-app";
import { openBasis, type ServiceBasis } from "@todo/kit/service-app";
import { listen, type ServiceOverrides } from "@todo/kit/service-ground";
import { createSubscriber, type Subscriber } from "@todo/kit/subscribe";
import { ParkedEventsService } from "@todo/proto/todo/audit/v1/parked_events_service";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import type { TaskConfig } from "./config.ts";
import { taskSubscriptions } from "./consumer.ts";
import { refusedOnceErased } from "./erased-users.ts";
import { jobsOf } from "./jobs.ts";
import { migrations } from "./migrations.ts";
import { refusalsIn } from "./refusals.ts";
import type { TaskServiceDeps } from "./rpc/deps.ts";
import { createRules } from "./rules.ts";
import { createSeriesService } from "./series-service.ts";
import { createTagQuota } from "./tag-quota.ts";
import { createTaskService } from "./task-service.ts";
import { createTurns } from "./turns.ts";
import { createWriter } from "./write.ts";

export interface TaskOverrides extends ServiceOverrides {
  /** The way to other apps, in place of the own sidecar, with what vouches for users there. */
  calls?: { mesh: Mesh; issuer: AssertionIssuer };
  /** The version of the time zones, in place of that of the process. */
  tzdata?: string;
}

/** Puts the service together and starts it. Disposing of it stops it in order: intake first, the database last. */
export async function startTaskApp(config: TaskConfig, overrides: TaskOverrides = {}): Promise<RunningApp> {
  await using stack = new AsyncDisposableStack();
  const basis = await openBasis(stack, { app: "task", config, migrations, overrides });
  const deps = depsOf(stack, config, basis);
  const { mesh, issuer } = overrides.calls ?? callsOf(stack, config, basis);
  const tzdata = overrides.tzdata ?? versions.tz ?? "";
  const series = createSeriesService({
    ...deps,
    seriesQuota: config.seriesQuota,
    tzdata,
    rules: createRules({ mesh, issuer }),
  });
  const subscriber = buildSubscriber(basis);
  const parked = createParkedEventsService({ app: "task", database: kyselyOn(basis.pool), subscriber });
  const mounts = [
    mount(TaskService, createTaskService(deps)),
    mount(SeriesService, series),
    mount(ParkedEventsService, parked),
    ...appCallbackMounts(subscriber),
  ];
  const ports = await listen(stack, basis, mounts, [refusedOnceErased]);
  const owned = stack.move();
  return { ...ports, subscriber, relay: basis.relay, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function callsOf(stack: AsyncDisposableStack, { calls }: TaskConfig, { log, now }: ServiceBasis) {
  const mesh = stack.use(meshOf(calls?.sidecar, { log }));
  if (calls === undefined) return { mesh, issuer: { assert: async () => "" } };
  return { mesh, issuer: createAssertionIssuer({ app: "task", signingKey: calls.signingKey, now }) };
}

function depsOf(stack: AsyncDisposableStack, config: TaskConfig, basis: ServiceBasis): TaskServiceDeps {
  const { outboxCap, taskQuota, writeWaitMs: waitMs, refusalsPerMinute: perMinute } = config;
  const { now, log, failpoints, relay, pool: database } = basis;
  const kysely = kyselyOn(database);
  const databaseFor = (signal: AbortSignal) => boundTo(database, signal);
  const turns = createTurns({ waitMs });
  const write = createWriter({ databaseFor, relay, turns, now, failpoints, outboxCap, waitMs, taskQuota });
  const outbox = { outboxFull: () => relay.depth() >= outboxCap, recorded: () => relay.kick() };
  const refusals = stack.use(
    createRefusals({ app: "task", database: kysely, now, log, perMinute, ...outbox }),
  );
  for (const job of jobsOf(config, { database, kysely, write, now, log, ...outbox })) {
    stack.use(startPeriodic({ ...job, log }));
  }
  const tags = createTagQuota({ limit: config.tagQuota, free: config.freeTags });
  return { databaseFor, write, refusals: refusalsIn(database, refusals), tags, now };
}

function buildSubscriber(basis: ServiceBasis): Subscriber {
  const { now, log, pool, failpoints } = basis;
  const database = kyselyOn(pool);
  const subscriptions = taskSubscriptions({ now });
  return createSubscriber({ app: "task", database, subscriptions, log, now, failpoints });
}
