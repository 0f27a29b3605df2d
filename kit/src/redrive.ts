import type { AnyKysely } from "./database.ts";
import type { Failpoints } from "./failpoint.ts";
import { describeFailure, failureKind } from "./failure.ts";
import type { EventHandler } from "./handlers.ts";
import type { Logger } from "./log.ts";
import {
  type Failure,
  firstParked,
  lockKey,
  markFailedAgain,
  type ParkedEvent,
  type ParkedKey,
  parkedTopics,
  unpark,
} from "./parking.ts";
import type { AppId } from "./services.ts";
import { span, withRemoteParent } from "./trace.ts";
import { workOf } from "./work.ts";

interface RedriveOptions {
  app: AppId;
  database: AnyKysely;
  subscriptions: Record<string, EventHandler[]>;
  log: Logger;
  now: () => Date;
  failpoints: Failpoints;
}

export interface RedriveLimits {
  /** How many events are run at most; by default all. */
  limit?: number;
  /** Runs them in one transaction and takes everything back. */
  dryRun?: boolean;
}

export interface Redriven {
  redriven: number;
  /** How many of the key wait then; after a dry run, how many would. */
  left: number;
  /** The first event that failed. */
  failed?: FailedAgain;
}

interface FailedAgain {
  seq: string;
  eventId: string;
  failure: Failure;
}

/** What became of the next event of a key. `none`: nothing waits. */
type Step = "none" | "done" | FailedAgain;

/**
 * Runs the parked events of a key in order, each in a transaction of its own that also takes it out. The inbox knows
 * them already, so it is not asked. The first failure ends the run of its topic and is remembered.
 */
export async function redriveKey(
  o: RedriveOptions,
  key: string,
  limits: RedriveLimits = {},
): Promise<Redriven> {
  const { limit = Number.POSITIVE_INFINITY, dryRun = false } = limits;
  if (dryRun) return rehearse(o, key, limit);
  const run = await runTopics(o, o.database, key, limit, (place) => redriveNext(o, place));
  return { ...run, left: await countLeft(o, o.database, key) };
}

/** Ends the transaction of a rehearsal. */
const takenBack = Symbol("taken back");

async function rehearse(o: RedriveOptions, key: string, limit: number): Promise<Redriven> {
  let outcome: Redriven = { redriven: 0, left: 0 };
  try {
    await o.database.transaction().execute(async (tx: AnyKysely) => {
      const left = await countLeft(o, tx, key);
      // A statement that failed has ended the transaction, so its failure ends the rehearsal of all topics.
      const run = await runTopics(o, tx, key, limit, (place) => rerunNext(o, tx, place), true);
      outcome = { ...run, left: left - run.redriven };
      throw takenBack;
    });
  } catch (error) {
    if (error !== takenBack) throw error;
  }
  return outcome;
}

async function runTopics(
  o: RedriveOptions,
  tx: AnyKysely,
  key: string,
  limit: number,
  next: (place: ParkedKey) => Promise<Step>,
  untilFailure = false,
): Promise<Omit<Redriven, "left">> {
  const run: Omit<Redriven, "left"> = { redriven: 0 };
  for (const { topic } of await parkedTopics(tx, o.app, key)) {
    let step: Step = "done";
    while (step === "done" && run.redriven < limit) {
      step = await next({ consumer: o.app, topic, key });
      if (step === "done") run.redriven++;
    }
    if (typeof step === "object") run.failed ??= step;
    if (untilFailure && run.failed !== undefined) break;
  }
  return run;
}

async function redriveNext(o: RedriveOptions, place: ParkedKey): Promise<Step> {
  let step: Step = "none";
  try {
    await o.database.transaction().execute(async (tx: AnyKysely) => {
      step = await rerunNext(o, tx, place);
      if (typeof step === "object") throw takenBack;
    });
  } catch (error) {
    if (error !== takenBack) throw error;
  }
  if (typeof step === "object") {
    const { seq, eventId, failure } = step as FailedAgain;
    await markFailedAgain(o.database, seq, failure);
    o.log.error({ event_id: eventId, why: failure.reason, ...place }, "redrive stopped: the handler failed");
  }
  return step;
}

/** Runs the first event of a key and takes it out. A failure is answered, and the transaction is of no use any more. */
async function rerunNext(o: RedriveOptions, tx: AnyKysely, place: ParkedKey): Promise<Step> {
  await lockKey(tx, place);
  const event = await firstParked(tx, place);
  if (event === undefined) return "none";
  try {
    await rerun(o, tx, event);
  } catch (error) {
    if (failureKind(error) !== "event") throw error;
    o.log.warn({ err: error, event_id: event.eventId }, "a handler failed again");
    const failure = { ...describeFailure(error), attempts: 1, firstFailedAt: o.now() };
    return { seq: event.seq, eventId: event.eventId, failure };
  }
  await unpark(tx, event.seq);
  return "done";
}

async function rerun(o: RedriveOptions, tx: AnyKysely, { record }: ParkedEvent): Promise<void> {
  const work = workOf(record, o.subscriptions[record.topic] ?? [], o.app);
  if (work === undefined) return;
  await o.failpoints.hit("subscriber.before-effect");
  await withRemoteParent(work.traceparent, () =>
    span(`redrive ${record.topic}`, { "messaging.message.id": work.id }, () => work.run(tx)),
  );
}

async function countLeft(o: RedriveOptions, tx: AnyKysely, key: string): Promise<number> {
  const topics = await parkedTopics(tx, o.app, key);
  return topics.reduce((sum, { count }) => sum + count, 0);
}
