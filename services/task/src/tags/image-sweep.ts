import { inBatches } from "@todo/kit/periodic";
import { type Database, read, type Statement } from "#src/database.ts";
import { undoHours } from "#src/undo-token.ts";

const statement: Statement = {
  name: "tag-image-sweep",
  text: "select tag_image_sweep($1, $2) as swept",
};
const hourMs = 60 * 60 * 1_000;

/** Forgets what tags were before commands that can be taken back no more, in batches. Returns of how many tasks. */
export function sweepTagImages(database: Database, now: Date, signal: AbortSignal): Promise<number> {
  const before = new Date(now.getTime() - undoHours * hourMs);
  return inBatches({ size: 5_000, maxBatches: 100, signal }, async (size) => {
    const [row] = await read<{ swept: number }>(database, statement, [before.toISOString(), size]);
    return row?.swept ?? 0;
  });
}
