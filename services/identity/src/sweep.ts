import type { Logger } from "@todo/kit/log";
import { inBatches, type Periodic, startPeriodic } from "@todo/kit/periodic";
import { sql } from "kysely";
import type { IdentityDatabase } from "./tables.ts";

/** No clock is that far behind another. */
const keptMs = 24 * 60 * 60 * 1_000;
const bounds = { size: 1_000, maxBatches: 100 };

/** Forgets sessions and verifications a day after they were over. */
export function startSweep(o: {
  database: IdentityDatabase;
  now: () => Date;
  everyMs: number;
  log: Logger;
}): Periodic {
  return startPeriodic({
    job: "expire-sessions",
    onFailure: "expired sessions were not swept",
    everyMs: o.everyMs,
    log: o.log,
    async work(signal) {
      const before = new Date(o.now().getTime() - keptMs);
      for (const table of ["session", "verification"] as const)
        await inBatches({ ...bounds, signal }, (size) => forgetExpired(o.database, table, { before, size }));
    },
  });
}

async function forgetExpired(
  database: IdentityDatabase,
  table: "session" | "verification",
  { before, size }: { before: Date; size: number },
): Promise<number> {
  const { rows } = await sql`delete from ${sql.table(table)} where "id" = any (array(
    select "id" from ${sql.table(table)} where "expiresAt" < ${before} limit ${size})) returning 1`.execute(
    database,
  );
  return rows.length;
}
