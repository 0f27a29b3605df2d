import { sql } from "kysely";
import type { AnyKysely } from "./database.ts";

/** Takes an event for a consumer, in the transaction of its effect. `false`: it was taken before. */
export async function take(tx: AnyKysely, consumer: string, eventId: string): Promise<boolean> {
  const { rows } = await sql`insert into inbox (consumer, event_id) values (${consumer}, ${eventId})
    on conflict do nothing returning 1`.execute(tx);
  return rows.length === 1;
}

/** Moves a thing to a version, in the transaction of its projection. `false`: it is there, or further. */
export async function advance(
  tx: AnyKysely,
  consumer: string,
  id: string,
  version: bigint,
): Promise<boolean> {
  const { rows } = await sql`insert into applied as a (consumer, id, version)
    values (${consumer}, ${id}, ${version.toString()})
    on conflict (consumer, id) do update set version = excluded.version where a.version < excluded.version
    returning 1`.execute(tx);
  return rows.length === 1;
}

/**
 * Forgets at most `limit` events that were taken before `before`, and says how many. They must be older than the
 * longest retention of any topic and the longest time anybody waits with a redrive: 60 days are enough.
 */
export async function forgetTaken(database: AnyKysely, before: Date, limit = 10_000): Promise<number> {
  const { rows } = await sql`delete from inbox where (consumer, event_id) in (
    select consumer, event_id from inbox where received_at < ${before} limit ${limit}) returning 1`.execute(
    database,
  );
  return rows.length;
}
