import type { Logger } from "@todo/kit/log";
import { type Database, read, type Statement } from "./database.ts";
import { answerHours } from "./replay.ts";

const statement: Statement = {
  name: "answer-sweep",
  text: "select answer_sweep($1, $2) as swept",
};
const batch = 1_000;
const maxBatches = 100;
const hourMs = 60 * 60 * 1_000;

/** Throws away the answers that nobody may ask for again, in batches. Returns how many there were. */
export async function sweepAnswers(database: Database, now: Date): Promise<number> {
  const before = new Date(now.getTime() - answerHours * hourMs);
  let total = 0;
  for (let round = 0; round < maxBatches; round++) {
    const [row] = await read<{ swept: number }>(database, statement, [before.toISOString(), batch]);
    total += row?.swept ?? 0;
    if ((row?.swept ?? 0) < batch) break;
  }
  return total;
}

/** Sweeps again and again. What fails is tried at the next time. */
export function startAnswerSweep(o: {
  database: Database;
  now: () => Date;
  everyMs: number;
  log: Logger;
}): AsyncDisposable {
  let running: Promise<unknown> = Promise.resolve();
  const sweep = async () => {
    try {
      await sweepAnswers(o.database, o.now());
    } catch (error) {
      o.log.warn({ err: error }, "old answers were not swept");
    }
  };
  const timer = setInterval(() => {
    running = running.then(sweep);
  }, o.everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
