import { sweepConsumer } from "@todo/kit/consumer-retention";
import { inBatches, type PeriodicWork } from "@todo/kit/periodic";
import type { RecurrenceConfig } from "./config.ts";
import { resumeAdvances } from "./pending-table.ts";
import { forgetEnded, forgetErased } from "./series-table.ts";
import { followZones, type WakingDeps, wakeDue } from "./waking.ts";

/** What is in the way of an advance may be gone by then: a user who had no room for a task may have some. */
const parkedMs = 60 * 60 * 1_000;
/** Longer than any event of an erased user, or of a series that ended, can come. */
const keptMs = 90 * 24 * 60 * 60 * 1_000;
const bounds = { size: 10_000, maxBatches: 100 };

/** What the service does by itself, again and again. `kick` tells that advances may wait. */
export function jobsOf(
  config: Pick<RecurrenceConfig, "wakeMs" | "sweepMs">,
  deps: WakingDeps & { kick: () => void },
): PeriodicWork[] {
  const { database, now, kick } = deps;
  const look = async (work: Promise<number>) => {
    if ((await work) > 0) kick();
  };
  return [
    {
      job: "wake-series",
      onFailure: "series that are due were not looked at",
      everyMs: config.wakeMs,
      work: (signal) => look(wakeDue(deps, signal)),
    },
    {
      job: "recompute-zones",
      onFailure: "series were not moved to newer time zones",
      everyMs: config.sweepMs,
      work: (signal) => look(followZones(deps, signal)),
    },
    {
      job: "resume-advances",
      onFailure: "advances that were parked were not tried again",
      everyMs: config.sweepMs,
      work: () => {
        const at = now();
        const parkedUntil = new Date(at.getTime() - parkedMs);
        return look(resumeAdvances(database, { now: at, parkedUntil }));
      },
    },
    {
      job: "expire-deliveries",
      onFailure: "old deliveries were not swept",
      everyMs: config.sweepMs,
      work: (signal) => sweepConsumer(deps, signal),
    },
    {
      job: "forget-erased",
      onFailure: "erased users were not forgotten",
      everyMs: config.sweepMs,
      work: (signal) => {
        const before = new Date(now().getTime() - keptMs);
        return inBatches({ ...bounds, signal }, (size) => forgetErased(database, before, size));
      },
    },
    {
      job: "forget-ended",
      onFailure: "ended series were not forgotten",
      everyMs: config.sweepMs,
      work: (signal) => {
        const before = new Date(now().getTime() - keptMs);
        return inBatches({ ...bounds, signal }, (size) => forgetEnded(database, before, size));
      },
    },
  ];
}
