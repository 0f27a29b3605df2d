import pg from "pg";
import type { Completion } from "./repeating-task.ts";
import { type Looking, until } from "./until.ts";

/** What the services wrote down of a completion, in milliseconds since 1970. */
export interface Stamps {
  taskId: string;
  /** Just before the statement that completed the task. */
  completedMs: number;
  /** When recurrence began to work on the event of it. */
  takenMs: number;
  /** Just before the statement that made the next task. */
  createdMs: number;
}

/** A look into the services' tables, over every wall. */
export interface StampBook extends AsyncDisposable {
  /** The stamps of completions, once the audit log has all of them: it knows the ids of events that are gone elsewhere. */
  of(completions: readonly Completion[], signal: AbortSignal): Promise<Stamps[]>;
}

const looking: Omit<Looking, "signal"> = { everyMs: 250, mostLooks: 240 };

/** Opens it with the administrator's DSN. */
export function openStampBook(databaseUrl: string): StampBook {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  return {
    async of(completions, signal) {
      const values = (["userId", "taskId", "nextId"] as const).map((name) => completions.map((c) => c[name]));
      const look = async () => {
        const { rows } = await pool.query<Stamps>(stampsSql, values);
        return rows.length === completions.length ? rows : undefined;
      };
      return (await until(look, { ...looking, signal })).found;
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

const stampsSql = `
  select done.task_id as "taskId", ${ms("done.time")} as "completedMs", ${ms("taken.received_at")} as "takenMs",
    ${ms("made.time")} as "createdMs"
  from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as asked (user_id, task_id, next_id)
  join task.feed done on done.user_id = asked.user_id and done.task_id = asked.task_id
    and done.type = 'todo.task.v1.TaskCompleted'
  join task.feed made on made.user_id = asked.user_id and made.task_id = asked.next_id
    and made.type = 'todo.task.v1.TaskCreated'
  join audit.entry entry on entry.user_id = asked.user_id and entry.subject = asked.task_id::text
    and entry.type = 'todo.task.v1.OccurrenceCompleted'
  join recurrence.inbox taken on taken.consumer = 'recurrence' and taken.event_id = entry.event_id`;
