import type { AnyKysely } from "@todo/kit/database";
import type { Logger } from "@todo/kit/log";
import { inBatches, type Periodic, startPeriodic } from "@todo/kit/periodic";
import type { Recorder } from "#src/recorder.ts";
import { forgetMinutes, usersWithHeld } from "#src/refusal-minutes.ts";

const bounds = { size: 100, maxBatches: 10 };

/** Gives refusals that were too many in a minute the one entry that counts them. */
export function startTellHeld(o: {
  database: AnyKysely;
  recorder: Recorder;
  now: () => Date;
  everyMs: number;
  log: Logger;
}): Periodic {
  const { database, recorder, now, everyMs, log } = o;
  return startPeriodic({
    job: "tell-held-refusals",
    onFailure: "refusals were not counted",
    everyMs,
    log,
    async work(signal) {
      await inBatches({ ...bounds, signal }, async (size) => {
        const users = await usersWithHeld(database, now(), size);
        for (const userId of users)
          await database.transaction().execute((tx) => recorder.tellHeld(tx, userId));
        return users.length;
      });
      await forgetMinutes(database, now(), 1_000);
    },
  });
}
