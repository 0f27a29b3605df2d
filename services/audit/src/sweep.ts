import { sweepConsumer } from "@todo/kit/consumer-retention";
import type { AnyKysely } from "@todo/kit/database";
import type { Logger } from "@todo/kit/log";
import { inBatches, type Periodic, startPeriodic } from "@todo/kit/periodic";
import { forgetDeadLetters } from "#src/dead-letter-table.ts";

/** As long as the dead letter topics. */
const lettersKeptMs = 30 * 24 * 60 * 60 * 1_000;
const bounds = { size: 10_000, maxBatches: 100 };

/** Forgets deliveries, dead letters and parked events that are not kept any more. */
export function startSweep(o: {
  database: AnyKysely;
  now: () => Date;
  everyMs: number;
  log: Logger;
}): Periodic {
  const { database, everyMs, log } = o;
  return startPeriodic({
    job: "expire-deliveries",
    onFailure: "old deliveries and letters were not swept",
    everyMs,
    log,
    async work(signal) {
      await sweepConsumer(o, signal);
      const before = new Date(o.now().getTime() - lettersKeptMs);
      await inBatches({ ...bounds, signal }, (size) => forgetDeadLetters(database, before, size));
    },
  });
}
