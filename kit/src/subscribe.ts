import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { UnreadableEventError } from "./cloud-event.ts";
import type { AnyKysely } from "./database.ts";
import { recordDeadLetter } from "./dead-letter.ts";
import type { IncomingRecord } from "./event.ts";
import { eventDelays, eventsConsumed, eventsParked, handlingDurations } from "./event-metrics.ts";
import { createFailpoints, type Failpoints } from "./failpoint.ts";
import { describeFailure, failureKind } from "./failure.ts";
import type { EventHandler } from "./handlers.ts";
import { take } from "./inbox.ts";
import type { Logger } from "./log.ts";
import { type Failure, isParked, lockKey, type ParkedKey, park } from "./parking.ts";
import { type RedriveLimits, type Redriven, redriveKey } from "./redrive.ts";
import type { AppId } from "./services.ts";
import { span, withRemoteParent } from "./trace.ts";
import { type Work, workOf } from "./work.ts";

export { type EventHandler, latest, once, onceAny, onceRaw } from "./handlers.ts";

/** The answer to the sidecar: done, ask again later, or never again. */
export type Outcome = "SUCCESS" | "RETRY" | "DROP";

export interface Subscriber {
  /** The topics it takes. */
  topics: string[];
  /** Takes a record. Never throws. */
  deliver(record: IncomingRecord): Promise<Outcome>;
  /**
   * Runs what is parked under a key again, in order, until nothing is left or one fails. What arrives meanwhile waits
   * its turn.
   */
  redrive(key: string, limits?: RedriveLimits): Promise<Redriven>;
}

export interface SubscriberOptions {
  /** The consumer: whose inbox it is. */
  app: AppId;
  /** On connections that find inbox, applied, parked and outbox by their search path. */
  database: AnyKysely;
  /** What to do with each topic's events. */
  subscriptions: Record<string, EventHandler[]>;
  log: Logger;
  now?: () => Date;
  /** Where tests make the work on events fail: `subscriber.before-effect`. */
  failpoints?: Failpoints;
  /** How often a handler may fail on an event before the event is parked; by default 3. */
  attempts?: number;
  /** The pause after the first failure, doubled after each further one; by default 100 ms. */
  backoffMs?: number;
}

type Settings = Required<SubscriberOptions>;

/** How often transactions that met each other are run again before the sidecar is asked to. */
const conflictAttempts = 5;

const defaults = () => ({
  now: () => new Date(),
  failpoints: createFailpoints({}),
  attempts: 3,
  backoffMs: 100,
});

/**
 * Takes records from topics: inbox row and effect in one transaction, a bounded number of tries, then the key is parked
 * with a dead letter and all other keys move on. RETRY means that the infrastructure failed, DROP that the record
 * cannot be read; everything else is SUCCESS and is dealt with here.
 */
export function createSubscriber(options: SubscriberOptions): Subscriber {
  const o: Settings = { ...defaults(), ...options };
  return {
    topics: Object.keys(o.subscriptions),
    async deliver(record) {
      const started = performance.now();
      const outcome = await deliver(o, record);
      // What the sidecar brings is what was asked for; whatever else might call, it makes no series of its own.
      const topic = Object.hasOwn(o.subscriptions, record.topic) ? record.topic : "other";
      const labels = { topic, outcome };
      eventsConsumed.add(1, labels);
      handlingDurations.record((performance.now() - started) / 1_000, labels);
      return outcome;
    },
    redrive: (key, limits) => redriveKey(o, key, limits),
  };
}

async function deliver(o: Settings, record: IncomingRecord): Promise<Outcome> {
  try {
    const handlers = o.subscriptions[record.topic];
    if (handlers === undefined) throw new UnreadableEventError("nobody here takes the topic");
    const work = workOf(record, handlers, o.app);
    if (work === undefined) return "SUCCESS";
    noteDelay(o, work);
    const attributes = { "messaging.destination.name": record.topic, "messaging.message.id": work.id };
    return await withRemoteParent(work.traceparent, () =>
      span(`consume ${record.topic}`, attributes, () => consume(o, work)),
    );
  } catch (error) {
    if (error instanceof UnreadableEventError) {
      o.log.warn({ ...placeOf(record), why: error.message }, "event dropped");
      return "DROP";
    }
    o.log.error({ ...placeOf(record), err: error }, "event delivery failed");
    return "RETRY";
  }
}

/** How far behind the consumer is, as far as it can know: the age of what it is given. */
function noteDelay(o: Settings, { time, record: { topic } }: Work): void {
  if (time !== undefined)
    eventDelays.record(Math.max(0, o.now().getTime() - time.getTime()) / 1_000, { topic });
}

/** Tries, tries again, parks. */
async function consume(o: Settings, work: Work): Promise<Outcome> {
  let conflicts = 0;
  let failures = 0;
  let firstFailedAt: Date | undefined;
  for (;;) {
    try {
      await attempt(o, work);
      return "SUCCESS";
    } catch (error) {
      const kind = failureKind(error);
      if (kind === "infrastructure" || (kind === "conflict" && ++conflicts >= conflictAttempts)) {
        o.log.warn({ ...factsOf(work), err: error }, "event not taken: the infrastructure failed");
        return "RETRY";
      }
      if (kind === "event") {
        firstFailedAt ??= o.now();
        if (++failures >= o.attempts) {
          return parkFailed(o, work, { ...describeFailure(error), attempts: failures, firstFailedAt }, error);
        }
      }
      await sleep(o.backoffMs * 2 ** Math.max(0, failures - 1) * (0.5 + Math.random() / 2));
    }
  }
}

/** Takes the event once, unless events of its key wait: then behind them. */
function attempt(o: Settings, work: Work): Promise<void> {
  return o.database.transaction().execute(async (tx: AnyKysely) => {
    if (work.onlyOnce && !(await take(tx, o.app, work.id))) return;
    if (await waitsBehind(tx, keyOf(o, work.record))) await park(tx, o.app, work, undefined);
    else await runEffect(o, work, tx);
  });
}

async function runEffect(o: Settings, work: Work, tx: AnyKysely): Promise<void> {
  await o.failpoints.hit("subscriber.before-effect");
  await work.run(tx);
}

/** Looks without a lock first, since hardly any key is parked. */
async function waitsBehind(tx: AnyKysely, key: ParkedKey): Promise<boolean> {
  if (!(await isParked(tx, key))) return false;
  await lockKey(tx, key);
  return isParked(tx, key);
}

async function parkFailed(o: Settings, work: Work, failure: Failure, error: unknown): Promise<Outcome> {
  await o.database.transaction().execute(async (tx: AnyKysely) => {
    if (work.onlyOnce && !(await take(tx, o.app, work.id))) return;
    await lockKey(tx, keyOf(o, work.record));
    await park(tx, o.app, work, failure);
    await recordDeadLetter(tx, o.app, work, failure, o.now());
  });
  eventsParked.add(1, { topic: work.record.topic });
  o.log.error(
    { ...factsOf(work), err: error, attempts: failure.attempts },
    "event parked: its handler failed",
  );
  return "SUCCESS";
}

function keyOf(o: Settings, { topic, key }: IncomingRecord): ParkedKey {
  return { consumer: o.app, topic, key };
}

function placeOf(record: IncomingRecord) {
  return { topic: record.topic, partition: record.partition, offset: `${record.offset}` };
}

function factsOf(work: Work) {
  return { ...placeOf(work.record), key: work.record.key, event_id: work.id, type: work.type };
}
