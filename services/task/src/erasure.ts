import type { AnyKysely } from "@todo/kit/database";
import { type OutgoingEvent, record } from "@todo/kit/outbox";
import { TaskStateSchema } from "@todo/proto/todo/task/v1/task_event";
import { sql } from "kysely";

/** How many rows of each table one transaction deletes at most. */
const batch = 500;
/** Longer than any call takes that began before the mark. */
const settledMs = 10 * 60 * 1_000;

export interface Erasing {
  userId: string;
  now: Date;
}

/**
 * Marks a user as erased, after every write that is under way and before every later one, which the counter refuses.
 * The rows go afterwards, by {@link eraseBatch}.
 */
export async function markErased(tx: AnyKysely, { userId, now }: Erasing): Promise<void> {
  await actAs(tx, userId);
  await sql`insert into user_counter as c (user_id, seq, erase_time) values (${userId}, 0, ${now})
    on conflict (user_id) do update set erase_time = excluded.erase_time where c.erase_time is null`.execute(
    tx,
  );
}

/**
 * Deletes some rows of an erased user, and answers whether there may be more. Each task leaves a tombstone, by which
 * `task.state` forgets it: behind what still waits of its stream in the outbox, which goes out as it is, for whoever
 * reads it obeys the erasure too.
 */
export async function eraseBatch(tx: AnyKysely, { userId, now }: Erasing): Promise<boolean> {
  const tasks =
    await sql<ErasedTask>`select id, stream_id, seq from erase_tasks(${userId}, ${batch})`.execute(tx);
  await record(
    tx,
    "task",
    tasks.rows.map((task) => tombstone(task, now)),
  );
  const rest = await sql<{ most: number }>`select erase_rest(${userId}, ${batch}) as most`.execute(tx);
  return tasks.rows.length === batch || rest.rows[0]?.most === batch;
}

/** Ends an erasure, unless a call that began before it may still be at work. Answers whether it did. */
export async function endErasure(tx: AnyKysely, { userId, now }: Erasing): Promise<boolean> {
  await actAs(tx, userId);
  const { rows } = await sql`update user_counter set erase_done_time = ${now}
    where user_id = ${userId} and erase_done_time is null
      and erase_time < ${new Date(now.getTime() - settledMs)} returning 1`.execute(tx);
  return rows.length === 1;
}

interface ErasedTask {
  id: string;
  stream_id: string;
  /** The user's newest change. */
  seq: string;
}

function tombstone({ id, stream_id: streamId, seq }: ErasedTask, time: Date): OutgoingEvent {
  const position = BigInt(seq) + 1n;
  const about = { topic: "task.state", message: null, desc: TaskStateSchema, subject: id, key: id };
  return { ...about, streamId, position, userId: "", time };
}

async function actAs(tx: AnyKysely, userId: string): Promise<void> {
  await sql`select set_config('app.user_id', ${userId}, true)`.execute(tx);
}
