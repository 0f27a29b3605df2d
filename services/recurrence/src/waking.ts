import type { AnyKysely } from "@todo/kit/database";
import { failureKind } from "@todo/kit/failure";
import type { Logger } from "@todo/kit/log";
import { type RawBuilder, sql } from "kysely";
import { actAs, loadState } from "./series-table.ts";
import { type SettleDeps, settle } from "./settle.ts";

export interface WakingDeps extends SettleDeps {
  readonly database: AnyKysely;
  readonly log: Logger;
}

const mostAtOnce = 1_000;
const putOffMs = 60 * 60 * 1_000;

/** Looks at the series whose time has come. Says how many there were; several processes share them out. */
export function wakeDue(deps: WakingDeps, signal: AbortSignal): Promise<number> {
  return settleEach(deps, signal, () => sql<Found>`select * from next_to_wake(${deps.now()})`);
}

/**
 * Looks anew at the series that were looked at with older time zones than those of this process, as far as these matter:
 * when to wake, and what the instants of an open occurrence are.
 */
export function followZones(deps: WakingDeps, signal: AbortSignal): Promise<number> {
  return settleEach(deps, signal, () => sql<Found>`select * from next_of_older_zones(${deps.tzdata})`);
}

interface Found {
  series_id: string;
  user_id: string;
}

async function settleEach(
  deps: WakingDeps,
  signal: AbortSignal,
  next: () => RawBuilder<Found>,
): Promise<number> {
  for (let count = 0; count < mostAtOnce; count += 1) {
    if (signal.aborted || !(await settleOne(deps, next()))) return count;
  }
  return mostAtOnce;
}

async function settleOne(deps: WakingDeps, next: RawBuilder<Found>): Promise<boolean> {
  let found: Found | undefined;
  try {
    await deps.database.transaction().execute(async (tx: AnyKysely) => {
      const { rows } = await next.execute(tx);
      found = rows[0];
      if (found === undefined) return;
      await actAs(tx, found.user_id);
      const state = await loadState(tx, found.series_id);
      if (state !== undefined) await settle(tx, state, deps);
    });
  } catch (error) {
    if (found === undefined || failureKind(error) !== "event") throw error;
    // The others move on.
    deps.log.error({ series_id: found.series_id, err: error }, "a series could not be looked at");
    const until = new Date(deps.now().getTime() + putOffMs);
    await sql`select put_off_look(${found.series_id}, ${until}, ${deps.tzdata})`.execute(deps.database);
  }
  return found !== undefined;
}
