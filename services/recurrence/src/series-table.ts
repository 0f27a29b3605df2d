import type { AnyKysely } from "@todo/kit/database";
import { sql } from "kysely";
import type { SeriesPlan } from "./plan.ts";
import type { SeriesState } from "./series-state.ts";

/** Shows the rows of one user, and of nobody else, to the rest of the transaction. */
export async function actAs(tx: AnyKysely, userId: string): Promise<void> {
  await sql`select set_config('app.user_id', ${userId}, true)`.execute(tx);
}

/** {@link actAs}, with a series that no other event changes and a user whom no erasure touches until the end. */
export async function lockSeries(tx: AnyKysely, o: { userId: string; seriesId: string }): Promise<void> {
  await sql`select set_config('app.user_id', ${o.userId}, true),
    pg_advisory_xact_lock_shared(hashtext('todo.recurrence.user'), hashtext(${o.userId})),
    pg_advisory_xact_lock(hashtext('todo.recurrence.series'), hashtext(${o.seriesId}))`.execute(tx);
}

interface StateRow {
  series_id: string;
  user_id: string;
  version: string;
  active: boolean;
  plan: SeriesPlan;
  occurrence_tzdata: string;
  fact_version: string | null;
  done_how: "completed" | "skipped" | null;
  done_time: Date | null;
}

/** What is known of a series, locked until the transaction ends. */
export async function loadState(tx: AnyKysely, seriesId: string): Promise<SeriesState | undefined> {
  const { rows } =
    await sql<StateRow>`select series_id, user_id, version, active, plan, occurrence_tzdata, fact_version,
      done_how, done_time from series_state where series_id = ${seriesId} for update`.execute(tx);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { done_how: how, done_time: time } = row;
  const done = how === null || time === null ? undefined : { how, time };
  const { series_id: id, user_id: userId, active, plan, occurrence_tzdata: tzdata } = row;
  const fact = row.fact_version === null ? undefined : { version: BigInt(row.fact_version), done };
  return { seriesId: id, userId, version: BigInt(row.version), active, plan, tzdata, fact };
}

/** Keeps what is known of a series, and when to look at it again. */
export async function saveState(
  tx: AnyKysely,
  state: SeriesState,
  wake: { at: Date | undefined; tzdata: string; now: Date },
): Promise<void> {
  const { seriesId, userId, version, active, plan, fact } = state;
  await sql`insert into series_state
      (series_id, user_id, version, active, plan, occurrence_tzdata, fact_version, done_how, done_time, wake_at,
      tzdata, change_time)
    values (${seriesId}, ${userId}, ${`${version}`}, ${active}, ${JSON.stringify(plan)}, ${state.tzdata},
      ${fact === undefined ? null : `${fact.version}`}, ${fact?.done?.how ?? null}, ${fact?.done?.time ?? null},
      ${wake.at ?? null}, ${wake.tzdata}, ${wake.now})
    on conflict (series_id) do update set version = excluded.version, active = excluded.active, plan = excluded.plan,
      occurrence_tzdata = excluded.occurrence_tzdata,
      fact_version = excluded.fact_version, done_how = excluded.done_how, done_time = excluded.done_time,
      wake_at = excluded.wake_at, tzdata = excluded.tzdata, change_time = excluded.change_time`.execute(tx);
}

/** Whether a user was erased. */
export async function isErased(tx: AnyKysely, userId: string): Promise<boolean> {
  const { rows } = await sql`select 1 from erased_user where user_id = ${userId}`.execute(tx);
  return rows.length === 1;
}

/** Forgets a user for good: what is there, and what events may still tell. */
export async function eraseUser(tx: AnyKysely, userId: string, now: Date): Promise<void> {
  await sql`select set_config('app.user_id', ${userId}, true),
    pg_advisory_xact_lock(hashtext('todo.recurrence.user'), hashtext(${userId}))`.execute(tx);
  await sql`insert into erased_user (user_id, erase_time) values (${userId}, ${now}) on conflict do nothing`.execute(
    tx,
  );
  await sql`delete from series_state where user_id = ${userId}`.execute(tx);
  await sql`delete from pending_advance where user_id = ${userId}`.execute(tx);
}

/** Forgets series that ended and of which no event can come any more, but for those that bring them back. */
export async function forgetEnded(database: AnyKysely, before: Date, limit: number): Promise<number> {
  const { rows } = await sql<{ gone: number }>`select forget_ended(${before}, ${limit}) as gone`.execute(
    database,
  );
  return rows[0]?.gone ?? 0;
}

/** Forgets that users were erased of whom no event can come any more. */
export async function forgetErased(database: AnyKysely, before: Date, limit: number): Promise<number> {
  const { rows } = await sql`delete from erased_user where user_id in (
    select user_id from erased_user where erase_time < ${before} limit ${limit}) returning 1`.execute(
    database,
  );
  return rows.length;
}
