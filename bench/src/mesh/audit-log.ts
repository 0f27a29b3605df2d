import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** A look into the audit log's tables, over every wall. */
export interface AuditLog extends AsyncDisposable {
  /** Waits until everything that was committed so far is recorded. */
  caughtUp(signal: AbortSignal): Promise<void>;
  /** The time between each event and its entry, of those that happened since; in milliseconds. */
  delaysSince(time: Date): Promise<number[]>;
}

const created = "todo.task.v1.TaskCreated";
const caughtUpMs = 60_000;

/** Opens it with the administrator's DSN. */
export async function openAuditLog(databaseUrl: string): Promise<AuditLog> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const count = async (from: string) => {
    const { rows } = await pool.query<{ count: string }>(`select count(*) from ${from} where type = $1`, [
      created,
    ]);
    return Number(rows[0]?.count);
  };
  return {
    async caughtUp(signal) {
      const [until, wanted] = [Date.now() + caughtUpMs, await count("task.feed")];
      while ((await count("audit.entry")) < wanted) {
        if (Date.now() > until) throw new Error(`the audit log did not catch up within ${caughtUpMs} ms`);
        await sleep(50, undefined, { signal });
      }
    },
    async delaysSince(time) {
      const { rows } = await pool.query<{ ms: number }>(
        `select (extract(epoch from record_time - event_time) * 1000)::float8 as ms
         from audit.entry where type = $1 and event_time >= $2`,
        [created, time.toISOString()],
      );
      return rows.map(({ ms }) => ms);
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
