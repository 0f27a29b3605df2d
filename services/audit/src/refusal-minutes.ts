import type { AnyKysely } from "@todo/kit/database";
import { sql } from "kysely";

/** What can be caused by somebody else again and again, and so must not fill a log that keeps everything. */
export interface Cause {
  userId: string;
  type: string;
  /** Why it was refused. Empty: the type says it. */
  reason: string;
}

/** Refusals of one cause within one minute that have no entry yet. */
export interface Held extends Cause {
  method: string;
  count: bigint;
  from: Date;
  until: Date;
}

/** How many of one cause get entries of their own in a minute. */
const mostRecorded = 10;
const minuteMs = 60_000;
/** How long others of the same minute are waited for, whenever they come. */
const heldMs = minuteMs;
/** How long a minute is remembered for what comes late. */
const rememberedMs = 24 * 60 * minuteMs;

function minuteOf(time: Date): Date {
  return new Date(Math.floor(time.getTime() / minuteMs) * minuteMs);
}

/** Whether one more may have an entry of its own. The user's chain must be locked. */
export async function hasRoom(tx: AnyKysely, { userId, type, reason }: Cause, time: Date): Promise<boolean> {
  const row: { recorded: number } | undefined = await tx
    .selectFrom("refusal_minute")
    .select("recorded")
    .where("user_id", "=", userId)
    .where("type", "=", type)
    .where("reason", "=", reason)
    .where("minute", "=", minuteOf(time))
    .executeTakeFirst();
  return (row?.recorded ?? 0) < mostRecorded;
}

/** Counts some that have an entry, or wait for one. */
export async function countRefusals(
  tx: AnyKysely,
  cause: Cause & { method: string },
  o: { time: Date; until: Date; recorded: number; held: number; now: Date },
): Promise<void> {
  const { userId, type, reason, method } = cause;
  const { time, until, recorded, held } = o;
  const due = held > 0 ? new Date(o.now.getTime() + heldMs) : null;
  await sql`insert into refusal_minute as m
      (user_id, type, reason, minute, recorded, held, method, first_time, last_time, due_time, change_time)
    values (${userId}, ${type}, ${reason}, ${minuteOf(time)}, ${recorded}, ${held}, ${method}, ${time}, ${until}, ${due}, ${o.now})
    on conflict (user_id, type, reason, minute) do update set
      recorded = m.recorded + excluded.recorded, held = m.held + excluded.held, method = excluded.method,
      first_time = case when m.held = 0 then excluded.first_time else least(m.first_time, excluded.first_time) end,
      last_time = greatest(m.last_time, excluded.last_time),
      due_time = coalesce(m.due_time, excluded.due_time), change_time = excluded.change_time`.execute(tx);
}

/** Says of a delivery that one entry counts it among others. A fact that came by a call has none. */
export async function markCounted(tx: AnyKysely, eventId: string): Promise<void> {
  await tx
    .updateTable("inbox")
    .set({ counted: true })
    .where("consumer", "=", "audit")
    .where("event_id", "=", eventId)
    .execute();
}

/** Users of whom something has waited long enough. */
export async function usersWithHeld(database: AnyKysely, now: Date, limit: number): Promise<string[]> {
  const rows: { user_id: string }[] = await database
    .selectFrom("refusal_minute")
    .select("user_id")
    .distinct()
    .where("due_time", "<=", now)
    .limit(limit)
    .execute();
  return rows.map(({ user_id }) => user_id);
}

/** Takes what has waited long enough of a user. The user's chain must be locked. */
export async function takeHeld(tx: AnyKysely, userId: string, now: Date): Promise<Held[]> {
  const { rows } = await sql<{
    type: string;
    reason: string;
    method: string;
    held: string;
    first_time: Date;
    last_time: Date;
  }>`update refusal_minute set held = 0, due_time = null
    where user_id = ${userId} and due_time <= ${now}
    returning type, reason, method, old.held as held, first_time, last_time`.execute(tx);
  return rows.map(({ type, reason, method, held, first_time: from, last_time: until }) => {
    return { userId, type, reason, method, count: BigInt(held), from, until };
  });
}

export async function forgetMinutes(database: AnyKysely, now: Date, limit: number): Promise<number> {
  const before = new Date(now.getTime() - rememberedMs);
  const { rows } = await sql`delete from refusal_minute where ctid = any (array(
    select ctid from refusal_minute where change_time < ${before} and held = 0 limit ${limit})) returning 1`.execute(
    database,
  );
  return rows.length;
}

export async function forgetMinutesOf(tx: AnyKysely, userId: string): Promise<void> {
  await tx.deleteFrom("refusal_minute").where("user_id", "=", userId).execute();
}
