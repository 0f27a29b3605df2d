import type { AnyKysely } from "@todo/kit/database";
import { forgetTaken } from "@todo/kit/inbox";
import type { Logger } from "@todo/kit/log";
import { forgetDeadLetters } from "#src/dead-letter-table.ts";

const batch = 10_000;
const maxBatches = 100;
const day = 24 * 60 * 60 * 1_000;
/** Longer than any topic keeps its records and anybody waits with a redrive. */
const deliveriesKeptMs = 60 * day;
/** As long as the dead letter topics. */
const lettersKeptMs = 30 * day;

/**
 * Forgets deliveries that cannot come again, and dead letters that are not kept any more, in batches, again and again.
 * What fails is tried at the next time.
 */
export function startSweep(o: {
  database: AnyKysely;
  now: () => Date;
  everyMs: number;
  log: Logger;
}): AsyncDisposable {
  let running: Promise<void> | undefined;
  const sweep = async () => {
    const ago = (ms: number) => new Date(o.now().getTime() - ms);
    await inBatches(() => forgetTaken(o.database, ago(deliveriesKeptMs), batch));
    await inBatches(() => forgetDeadLetters(o.database, ago(lettersKeptMs), batch));
  };
  const timer = setInterval(() => {
    running ??= sweep()
      .catch((error) => o.log.warn({ err: error }, "old deliveries and letters were not swept"))
      .finally(() => {
        running = undefined;
      });
  }, o.everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}

async function inBatches(forget: () => Promise<number>): Promise<void> {
  for (let round = 0; round < maxBatches; round++) {
    if ((await forget()) < batch) return;
  }
}
