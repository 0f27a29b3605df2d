import type { AnyKysely } from "./database.ts";
import { describeFailure, failureKind } from "./failure.ts";
import type { EventHandler } from "./handlers.ts";
import type { Logger } from "./log.ts";
import {
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
}

/**
 * Runs the parked events of a key in order, each in a transaction of its own that also takes it out. The inbox knows
 * them already, so it is not asked. The first failure ends the run and is remembered.
 */
export async function redriveKey(
  o: RedriveOptions,
  key: string,
): Promise<{ redriven: number; left: number }> {
  let redriven = 0;
  for (const { topic } of await parkedTopics(o.database, o.app, key)) {
    while (await redriveNext(o, { consumer: o.app, topic, key })) redriven++;
  }
  const rest = await parkedTopics(o.database, o.app, key);
  return { redriven, left: rest.reduce((sum, { count }) => sum + count, 0) };
}

/** `false`: nothing is left, or the first one failed. */
async function redriveNext(o: RedriveOptions, key: ParkedKey): Promise<boolean> {
  let event: ParkedEvent | undefined;
  try {
    return await o.database.transaction().execute(async (tx: AnyKysely) => {
      await lockKey(tx, key);
      event = await firstParked(tx, key);
      if (event === undefined) return false;
      await rerun(o, tx, event);
      await unpark(tx, event.seq);
      return true;
    });
  } catch (error) {
    if (event === undefined || failureKind(error) !== "event") throw error;
    const failure = { ...describeFailure(error), attempts: 1, firstFailedAt: o.now() };
    await markFailedAgain(o.database, event.seq, failure);
    o.log.error({ err: error, event_id: event.eventId, ...key }, "redrive stopped: the handler failed");
    return false;
  }
}

async function rerun(o: RedriveOptions, tx: AnyKysely, { record }: ParkedEvent): Promise<void> {
  const work = workOf(record, o.subscriptions[record.topic] ?? [], o.app);
  if (work === undefined) return;
  await withRemoteParent(work.traceparent, () =>
    span(`redrive ${record.topic}`, { "messaging.message.id": work.id }, () => work.run(tx)),
  );
}
