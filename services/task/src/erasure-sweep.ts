import type { AnyKysely } from "@todo/kit/database";
import { sql } from "kysely";
import { endErasure, eraseBatch } from "./erasure.ts";

const usersAtOnce = 100;
const maxBatches = 1_000;

export interface ErasureSweepDeps {
  database: AnyKysely;
  now: () => Date;
  /** Whether too many events wait for the broker already. Then erasures wait too. */
  outboxFull: () => boolean;
  /** Called when events wait in the outbox. */
  recorded: () => void;
}

/**
 * Goes on with the erasures that are not done, one small transaction after the other. It comes back to each until no
 * call can be at work that began before it, and so takes what such a call left behind.
 */
export async function sweepErasures(deps: ErasureSweepDeps, signal: AbortSignal): Promise<void> {
  const { rows } = await sql<{
    user_id: string;
  }>`select user_id from erasures_pending(${usersAtOnce})`.execute(deps.database);
  for (const { user_id: userId } of rows) await sweepUser(deps, userId, signal);
}

async function sweepUser(deps: ErasureSweepDeps, userId: string, signal: AbortSignal): Promise<void> {
  const { database, now, outboxFull, recorded } = deps;
  for (let round = 0; round < maxBatches && !outboxFull() && !signal.aborted; round++) {
    const erasing = { userId, now: now() };
    const more = await database.transaction().execute(async (tx: AnyKysely) => {
      const left = await eraseBatch(tx, erasing);
      if (!left) await endErasure(tx, erasing);
      return left;
    });
    recorded();
    if (!more) return;
  }
}
