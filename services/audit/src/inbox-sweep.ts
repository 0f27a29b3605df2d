import type { AnyKysely } from "@todo/kit/database";
import { forgetTaken } from "@todo/kit/inbox";
import type { Logger } from "@todo/kit/log";

const batch = 10_000;
const maxBatches = 100;
/** Longer than any topic keeps its records and anybody waits with a redrive. */
const keptMs = 60 * 24 * 60 * 60 * 1_000;

/** Forgets deliveries that cannot come again, in batches, again and again. What fails is tried at the next time. */
export function startInboxSweep(o: {
  database: AnyKysely;
  now: () => Date;
  everyMs: number;
  log: Logger;
}): AsyncDisposable {
  let running: Promise<void> | undefined;
  const sweep = async () => {
    const before = new Date(o.now().getTime() - keptMs);
    for (let round = 0; round < maxBatches; round++) {
      if ((await forgetTaken(o.database, before, batch)) < batch) return;
    }
  };
  const timer = setInterval(() => {
    running ??= sweep()
      .catch((error) => o.log.warn({ err: error }, "old deliveries were not swept"))
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
