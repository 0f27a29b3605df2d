import { subscriptionsOf } from "@todo/kit/event-catalogue";
import { appIds } from "@todo/kit/services";
import { type Reach, reach } from "@todo/local/doctor/reach";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";

/** Waits until nothing is on its way that was written before: no event to its consumers, no advance to task. */
export async function atRest({ folder }: Bed): Promise<void> {
  await using system = await reach(folder);
  await eventually("a system at rest", async () => {
    // What is taken may leave something to send, and what is sent is to be taken.
    for (const look of [untaken, unsent, untaken]) if ((await look(system)) > 0n) return undefined;
    return true;
  });
}

async function untaken({ lagOf }: Reach): Promise<bigint> {
  const consumers = appIds.filter((app) => subscriptionsOf(app).length > 0);
  const lags = await Promise.all(consumers.map((app) => lagOf(app, subscriptionsOf(app))));
  return lags.flat().reduce((sum, { lag }) => sum + lag, 0n);
}

async function unsent({ rows, schemas }: Reach): Promise<bigint> {
  const tables = [...schemas.map((schema) => `${schema}.outbox`), "recurrence.pending_advance"];
  const counts = tables.map((table) => `(select count(*) from ${table})`).join(" + ");
  const [row] = await rows<{ count: string }>(`select ${counts} as count`);
  return BigInt(row?.count ?? 0);
}
