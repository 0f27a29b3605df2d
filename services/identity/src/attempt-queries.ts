import { sql } from "kysely";
import type { IdentityDatabase } from "./tables.ts";

/** How many attempts are free, and how the pause after each further one grows. */
export interface DelayRule {
  free: number;
  /** After the last free one; doubled after each further one. */
  firstMs: number;
  longestMs: number;
  /** After so long without an attempt everything begins anew. */
  memoryMs: number;
}

interface Charge {
  key: Buffer;
  rule: DelayRule;
  now: Date;
}

const clearedAtOnce = 3;

/** Long over on every clock. A free attempt leaves no time that one a moment before it, counted later, would wait for. */
const neverPaused = new Date(0);

/**
 * Counts an attempt before it is made, as if it failed: of many at once no more pass than one after the other. Answers
 * for how long it must wait; 0: it may be made. One that must wait does not count.
 *
 * Each attempt clears away more rows than it can leave, so that the table does not grow.
 */
export async function charge(database: IdentityDatabase, { key, rule, now }: Charge): Promise<number> {
  const { rows } = await sql<{ free_time: Date | null }>`
    with old_rows as (
      select key from attempt where forget_time < ${now} limit ${clearedAtOnce} for update skip locked
    ), cleared as (
      delete from attempt where key in (select key from old_rows where key <> ${key})
    )
    insert into attempt as a (key, failures, last_time, free_time, forget_time)
    values (${key}, 1, ${now}, ${neverPaused}, ${after(now, rule.memoryMs)})
    on conflict (key) do update set ${counted(rule, now)}
    returning old.free_time`.execute(database);
  return waitOf(rows[0]?.free_time, now);
}

/** Like {@link charge}, but only for those of whom there is a row. Undefined: there is none. */
export async function chargeKnown(
  database: IdentityDatabase,
  { key, rule, now }: Charge,
): Promise<number | undefined> {
  const { rows } = await sql<{ free_time: Date }>`
    update attempt as a set ${counted(rule, now)} where key = ${key} and forget_time >= ${now}
    returning old.free_time`.execute(database);
  return rows[0] === undefined ? undefined : waitOf(rows[0].free_time, now);
}

/** Takes one attempt back. A pause that it began stays. */
export async function refund(database: IdentityDatabase, key: Buffer): Promise<void> {
  await sql`update attempt set failures = greatest(failures - 1, 0) where key = ${key}`.execute(database);
}

export async function forget(database: IdentityDatabase, key: Buffer): Promise<void> {
  await database.deleteFrom("attempt").where("key", "=", key).execute();
}

/** Remembers that a user got in with the attempts of this key, and forgets the failures. */
export async function know(
  database: IdentityDatabase,
  { key, userId, now, forMs }: { key: Buffer; userId: string; now: Date; forMs: number },
): Promise<void> {
  await sql`insert into attempt as a (key, user_id, failures, last_time, free_time, forget_time)
    values (${key}, ${userId}, 0, ${now}, ${neverPaused}, ${after(now, forMs)})
    on conflict (key) do update set failures = 0, last_time = excluded.last_time, free_time = excluded.free_time,
      forget_time = excluded.forget_time`.execute(database);
}

/** Time only moves on: a process whose clock is behind neither shortens a pause nor begins one in the past. */
function counted(rule: DelayRule, now: Date) {
  const { free, firstMs, longestMs, memoryMs } = rule;
  const waits = sql`a.free_time > ${now}`;
  const failures = sql`case when a.last_time < ${after(now, -memoryMs)} then 1 else least(a.failures + 1, 1000000) end`;
  const pause = sql`case when (${failures}) < ${free}::integer then 0
    else least(${firstMs}::float8 * power(2, least((${failures}) - ${free}::integer, 30)), ${longestMs}::float8) end`;
  return sql`
    failures = case when ${waits} then a.failures else ${failures} end,
    last_time = case when ${waits} then a.last_time else greatest(a.last_time, ${now}) end,
    free_time = case when ${waits} or (${pause}) = 0 then a.free_time
      else ${now}::timestamptz + (${pause}) * interval '1 millisecond' end,
    forget_time = greatest(a.forget_time, ${after(now, memoryMs)})`;
}

function waitOf(freeTime: Date | null | undefined, now: Date): number {
  return Math.max(0, (freeTime?.getTime() ?? 0) - now.getTime());
}

function after(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms);
}
