import { sweepConsumer } from "@todo/kit/consumer-retention";
import { inBatches, type PeriodicWork } from "@todo/kit/periodic";
import type { RecurrenceConfig } from "./config.ts";
import { forgetErased } from "./series-table.ts";
import { followZones, type WakingDeps, wakeDue } from "./waking.ts";

/** Longer than any event of an erased user can come. */
const erasedKeptMs = 90 * 24 * 60 * 60 * 1_000;
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
      onFailure: "series that are due were not looked at",
      everyMs: config.wakeMs,
      work: (signal) => look(wakeDue(deps, signal)),
    },
    {
      onFailure: "series were not moved to newer time zones",
      everyMs: config.sweepMs,
      work: (signal) => look(followZones(deps, signal)),
    },
    {
      onFailure: "old deliveries were not swept",
      everyMs: config.sweepMs,
      work: (signal) => sweepConsumer(deps, signal),
    },
    {
      onFailure: "erased users were not forgotten",
      everyMs: config.sweepMs,
      work: (signal) => {
        const before = new Date(now().getTime() - erasedKeptMs);
        return inBatches({ ...bounds, signal }, (size) => forgetErased(database, before, size));
      },
    },
  ];
}
