import type { Database, DatabasePool, Statement } from "./database.ts";

/** Makes the row if need be, and locks it either way. */
const lockStatement: Statement = {
  name: "lock-user",
  text: `
with me as materialized (
  select set_config('app.user_id', $1, true)::uuid as user_id, set_config('lock_timeout', $2, true)
)
insert into user_counter as c (user_id, seq) select user_id, 0 from me
on conflict (user_id) do update set seq = c.seq`,
};

const begin: Statement = { name: "begin", text: "begin" };
const commit: Statement = { name: "commit", text: "commit" };
const rollback: Statement = { name: "rollback", text: "rollback" };

/**
 * Runs work in a transaction that holds the user's counter, so that no other process changes anything of the user's
 * meanwhile. An error of the work rolls back.
 */
export async function withUserLocked<T>(
  pool: DatabasePool,
  { userId, waitMs }: { userId: string; waitMs: number },
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const connection = await pool.connect();
  const run = (statement: Statement, values: unknown[] = []) => connection.query({ ...statement, values });
  let broken = true;
  try {
    await run(begin);
    await run(lockStatement, [userId, `${waitMs}ms`]);
    const result = await work(connection);
    await run(commit);
    broken = false;
    return result;
  } catch (error) {
    broken = await run(rollback).then(
      () => false,
      () => true,
    );
    throw error;
  } finally {
    connection.release(broken);
  }
}
