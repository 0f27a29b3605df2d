import { inBatches } from "@todo/kit/periodic";
import { type Database, read, type Statement } from "./database.ts";

const statement: Statement = {
  name: "feed-sweep",
  text: "select feed_sweep($1, $2) as swept",
};
const dayMs = 24 * 60 * 60 * 1_000;

/**
 * Forgets changes that are older than the feed's retention, in batches. Whoever comes later with a cursor before them is
 * refused with CURSOR_INVALID and lists their tasks anew. Returns how many there were.
 */
export function sweepFeed(
  database: Database,
  { now, days, signal }: { now: Date; days: number; signal: AbortSignal },
): Promise<number> {
  const before = new Date(now.getTime() - days * dayMs);
  return inBatches({ size: 5_000, maxBatches: 100, signal }, async (size) => {
    const [row] = await read<{ swept: number }>(database, statement, [before.toISOString(), size]);
    return row?.swept ?? 0;
  });
}
