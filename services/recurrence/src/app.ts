import { versions } from "node:process";
import { appCallbackMounts } from "@todo/kit/app-callback";
import { createAssertionIssuer } from "@todo/kit/assertion";
import { kyselyOn } from "@todo/kit/database";
import { mount } from "@todo/kit/grpc/server";
import { type Mesh, meshOf } from "@todo/kit/mesh";
import { createParkedEventsService } from "@todo/kit/parked-events";
import { startPeriodic } from "@todo/kit/periodic";
import type { RunningApp } from "@todo/kit/running-app";
import { openBasis, type ServiceBasis } from "@todo/kit/service-app";
import { listen, type ServiceOverrides } from "@todo/kit/service-ground";
import { createSubscriber, type Subscriber } from "@todo/kit/subscribe";
import { ParkedEventsService } from "@todo/proto/todo/audit/v1/parked_events_service";
import { RecurrenceService } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { type Advancer, startAdvancer } from "#src/advancer.ts";
import type { RecurrenceConfig } from "#src/config.ts";
import { recurrenceSubscriptions } from "#src/consumer.ts";
import { jobsOf } from "#src/jobs.ts";
import { migrations } from "#src/migrations.ts";
import { resumeAdvances } from "#src/pending-table.ts";
import { createRecurrenceService } from "#src/recurrence-service.ts";
import { createAskTask } from "#src/task-advance.ts";

export interface RecurrenceOverrides extends ServiceOverrides {
  /** The way to task, in place of the own sidecar. */
  mesh?: Mesh;
  /** The version of the time zones, in place of that of the process. */
  tzdata?: string;
}

/** Puts the service together and starts it. Disposing of it stops it in order: intake first, the database last. */
export async function startRecurrenceApp(
  config: RecurrenceConfig,
  overrides: RecurrenceOverrides = {},
): Promise<RunningApp> {
  await using stack = new AsyncDisposableStack();
  const basis = await openBasis(stack, { app: "recurrence", config, migrations, overrides });
  const { now, log, relay, pool } = basis;
  const database = kyselyOn(pool);
  const tzdata = overrides.tzdata ?? versions.tz ?? "";
  const advancer = await buildAdvancer(stack, basis, { config, mesh: overrides.mesh });
  const kick = () => advancer.kick();
  for (const job of jobsOf(config, { database, log, now, tzdata, kick }))
    stack.use(startPeriodic({ ...job, log }));
  const subscriber = buildSubscriber(basis, { tzdata, kick });
  const parked = createParkedEventsService({ app: "recurrence", database, subscriber });
  const ports = await listen(stack, basis, [
    mount(RecurrenceService, createRecurrenceService({ now, tzdata })),
    mount(ParkedEventsService, parked),
    ...appCallbackMounts(subscriber),
  ]);
  const owned = stack.move();
  return { ...ports, subscriber, relay, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A start may follow a repair: what was parked gets another chance. */
async function buildAdvancer(
  stack: AsyncDisposableStack,
  { pool, now, log, failpoints }: ServiceBasis,
  { config, mesh: given }: { config: RecurrenceConfig; mesh: Mesh | undefined },
): Promise<Advancer> {
  const database = kyselyOn(pool);
  const mesh = given ?? stack.use(meshOf(config.sidecar, { log }));
  const assertions = createAssertionIssuer({ app: "recurrence", signingKey: config.signingKey });
  const resumed = await resumeAdvances(database, { now: now(), parkedUntil: now() });
  if (resumed > 0) log.warn({ count: resumed }, "advances that were parked are tried again");
  const { advancePollMs: pollMs, advanceLeaseMs: leaseMs, advancePatienceMs: patienceMs } = config;
  const ask = createAskTask({ mesh, assertions });
  return stack.use(startAdvancer({ database, ask, now, log, failpoints, pollMs, leaseMs, patienceMs }));
}

/** Whatever was taken may have left an advance: it is committed when the answer is known. */
function buildSubscriber(basis: ServiceBasis, o: { tzdata: string; kick: () => void }): Subscriber {
  const { pool, now, log, failpoints } = basis;
  const subscriber = createSubscriber({
    app: "recurrence",
    database: kyselyOn(pool),
    subscriptions: recurrenceSubscriptions({ now, tzdata: o.tzdata }),
    log,
    now,
    failpoints,
  });
  return {
    ...subscriber,
    deliver: (record) => subscriber.deliver(record).finally(o.kick),
    redrive: (key, limits) => subscriber.redrive(key, limits).finally(o.kick),
  };
}
