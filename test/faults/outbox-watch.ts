import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../system/eventually.ts";
import type { Bed } from "./bed.ts";
import { query } from "./query.ts";

/** How long the oldest event has waited, in milliseconds; 0: none waits. `at` as of `performance.now()`. */
export interface Waiting {
  readonly at: number;
  readonly forMs: number;
}

/** Looks at the outbox again and again, until it is stopped. */
export interface OutboxWatch {
  readonly looks: readonly Waiting[];
  stop(): Promise<void>;
}

const everyMs = 250;

export function watchOutbox(bed: Bed): OutboxWatch {
  const stop = new AbortController();
  const looks: Waiting[] = [];
  const watching = (async () => {
    while (!stop.signal.aborted) {
      const at = performance.now();
      // While the database is away nobody knows.
      const forMs = await longestWait(bed).catch(() => undefined);
      if (forMs !== undefined) looks.push({ at, forMs });
      await sleep(everyMs);
    }
  })();
  return {
    looks,
    async stop() {
      stop.abort();
      await watching;
    },
  };
}

/** When no event waited any more that had come before a time; none: not yet. */
export function overtakenAt(looks: readonly Waiting[], time: number): number | undefined {
  return looks.find(({ at, forMs }) => at >= time && forMs < at - time)?.at;
}

/** Makes sure that a fault holds events up: while it lasts, one comes to have waited for so long. */
export async function assertEventsWait(bed: Bed, forMs: number): Promise<void> {
  await eventually("an event that is held up", async () =>
    (await longestWait(bed)) >= forMs ? true : undefined,
  );
}

async function longestWait(bed: Bed): Promise<number> {
  const sql = `select coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 * 1000 as waited
    from task.outbox`;
  const [row] = await query<{ waited: number }>(bed, sql);
  return row?.waited ?? 0;
}
