import type { AnyKysely } from "./database.ts";
import { forgetTaken } from "./inbox.ts";
import type { Logger } from "./log.ts";
import { forgetParked } from "./parking.ts";
import { inBatches } from "./periodic.ts";

const dayMs = 24 * 60 * 60 * 1_000;
/** Longer than any topic keeps its records and anybody waits with a redrive. */
const deliveriesKeptMs = 60 * dayMs;
/** Longer than the dead letters are kept, by which somebody could still know of them. */
const parkedKeptMs = 90 * dayMs;
const bounds = { size: 10_000, maxBatches: 100 };

/**
 * Forgets what a consumer need not keep: deliveries that cannot come again, and the parked events of keys that nobody
 * touched for 90 days, with an error in the log for those.
 */
export async function sweepConsumer(
  { database, now, log }: { database: AnyKysely; now: () => Date; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  const ago = (ms: number) => new Date(now().getTime() - ms);
  await inBatches({ ...bounds, signal }, (size) => forgetTaken(database, ago(deliveriesKeptMs), size));
  const dropped = await inBatches({ ...bounds, signal }, (size) =>
    forgetParked(database, ago(parkedKeptMs), size),
  );
  if (dropped > 0)
    log.error({ count: dropped }, "parked events were dropped that nobody redrove for 90 days");
}
