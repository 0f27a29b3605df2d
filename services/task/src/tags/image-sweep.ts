import { inBatches } from "@todo/kit/periodic";
import { type Database, read, type Statement } from "#src/database.ts";

const statement: Statement = {
  name: "tag-image-sweep",
  text: "select tag_image_sweep($1, $2) as swept",
};
const dayMs = 24 * 60 * 60 * 1_000;

/** Forgets what tags were before commands that the feed forgets too, in batches. Returns of how many tasks. */
export function sweepTagImages(
  database: Database,
  { now, days, signal }: { now: Date; days: number; signal: AbortSignal },
): Promise<number> {
  const before = new Date(now.getTime() - days * dayMs);
  return inBatches({ size: 5_000, maxBatches: 100, signal }, async (size) => {
    const [row] = await read<{ swept: number }>(database, statement, [before.toISOString(), size]);
    return row?.swept ?? 0;
  });
}
