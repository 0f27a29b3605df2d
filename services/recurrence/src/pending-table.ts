import { randomUUID } from "node:crypto";
import type { JsonValue } from "@bufbuild/protobuf";
import type { AnyKysely } from "@todo/kit/database";
import { currentTraceparent } from "@todo/kit/trace";
import { sql } from "kysely";
import type { SeriesState } from "./series-state.ts";

/** An advance that this process alone works on for a while. */
export interface ClaimedAdvance {
  readonly seriesId: string;
  readonly userId: string;
  readonly request: JsonValue;
  /** The trace of what caused it. */
  readonly traceparent: string | undefined;
  readonly createTime: Date;
  /** How often task refused it. */
  readonly refusals: number;
  readonly lease: string;
}

/** Leaves an advance to be made, in place of one that less was known of. */
export async function putPending(
  tx: AnyKysely,
  { seriesId, userId, version }: SeriesState,
  o: { request: JsonValue; now: Date },
): Promise<void> {
  await sql`insert into pending_advance (series_id, user_id, version, request, traceparent, create_time, due_time)
    values (${seriesId}, ${userId}, ${`${version}`}, ${JSON.stringify(o.request)}, ${currentTraceparent() ?? null},
      ${o.now}, ${o.now})
    on conflict (series_id) do update set version = excluded.version, request = excluded.request,
      traceparent = excluded.traceparent, create_time = excluded.create_time, due_time = excluded.due_time, lease = null, refusals = 0, park_time = null`.execute(
    tx,
  );
}

/** Takes back an advance that nothing stands behind any more. */
export async function dropPending(tx: AnyKysely, seriesId: string): Promise<void> {
  await sql`delete from pending_advance where series_id = ${seriesId}`.execute(tx);
}

interface ClaimedRow {
  series_id: string;
  user_id: string;
  request: JsonValue;
  traceparent: string | null;
  create_time: Date;
  refusals: number;
}

/** Claims the advance that has waited longest, of users who are not passed over. Whoever dies with it leaves it to others when the lease ends. */
export async function claimAdvance(
  database: AnyKysely,
  o: { now: Date; leaseMs: number; passedOver: readonly string[] },
): Promise<ClaimedAdvance | undefined> {
  const lease = randomUUID();
  const until = new Date(o.now.getTime() + o.leaseMs);
  // With its columns named, it is planned once and not each time.
  const { rows } =
    await sql<ClaimedRow>`select series_id, user_id, request, traceparent, create_time, refusals
    from claim_advance(${o.now}, ${until}, ${lease}, ${o.passedOver}::uuid[])`.execute(database);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { series_id: seriesId, user_id: userId, request, create_time: createTime, refusals } = row;
  return {
    seriesId,
    userId,
    request,
    traceparent: row.traceparent ?? undefined,
    createTime,
    refusals,
    lease,
  };
}

/** Ends an advance, unless a newer one took its place. */
export async function finishAdvance(database: AnyKysely, { seriesId, lease }: ClaimedAdvance): Promise<void> {
  await sql`select finish_advance(${seriesId}, ${lease})`.execute(database);
}

/** Leaves an advance for later, or for somebody to look at it. */
export async function putOffAdvance(
  database: AnyKysely,
  { seriesId, lease }: ClaimedAdvance,
  o: { until: Date; refused: boolean; parkTime: Date | undefined },
): Promise<void> {
  await sql`select put_off_advance(${seriesId}, ${lease}, ${o.until}, ${o.refused ? 1 : 0}, ${o.parkTime ?? null})`.execute(
    database,
  );
}

/** Tries the advances again that were parked by `parkedUntil`. Says how many. */
export async function resumeAdvances(
  database: AnyKysely,
  { now, parkedUntil }: { now: Date; parkedUntil: Date },
): Promise<number> {
  const { rows } = await sql<{
    resumed: string;
  }>`select resume_advances(${now}, ${parkedUntil}) as resumed`.execute(database);
  return Number(rows[0]?.resumed ?? 0);
}
