import { inBatches } from "@todo/kit/periodic";
import { type Database, read, type Statement } from "./database.ts";
import { answerHours } from "./replay.ts";

const statement: Statement = {
  name: "answer-sweep",
  text: "select answer_sweep($1, $2) as swept",
};
const hourMs = 60 * 60 * 1_000;

/** Throws away the answers that nobody may ask for again, in batches. Returns how many there were. */
export function sweepAnswers(database: Database, now: Date, signal: AbortSignal): Promise<number> {
  const before = new Date(now.getTime() - answerHours * hourMs);
  return inBatches({ size: 1_000, maxBatches: 100, signal }, async (size) => {
    const [row] = await read<{ swept: number }>(database, statement, [before.toISOString(), size]);
    return row?.swept ?? 0;
  });
}
