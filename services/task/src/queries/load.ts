import { fieldsOf, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import { Task } from "#src/domain/task.ts";
import type { AnswerKey, StoredAnswer } from "#src/replay.ts";

/** What a write stands on, all of one moment. */
export interface Ground {
  /** The user's newest `user_seq`; 0: nothing ever changed. */
  newest: bigint;
  /** How many tasks the user has, those in the trash included; `undefined`: not read. */
  taskCount: number | undefined;
  answer: StoredAnswer | undefined;
  /** Those that were asked for and are the user's, by their ids. */
  tasks: ReadonlyMap<string, Task>;
  /** The ids of those of them that no task waits for, as far as it is known. */
  unawaited: ReadonlySet<string>;
}

const statementFor = (name: string, ids: string, awaited: string): Statement => ({
  name,
  text: `
with ${me}
select coalesce(c.seq, 0) as newest, coalesce(c.task_count, 0) as "taskCount", a.method, a.request_hash as "requestHash", a.response,
  ${awaited} as awaited, ${selectTask("t")}
from me
left join lateral (
  select seq, task_count from user_counter where user_id = me.user_id offset 0
) c on true
left join lateral (
  select method, request_hash, response from answer where user_id = me.user_id and request_id = $2 offset 0
) a on true
left join lateral (
  select * from task where user_id = me.user_id and ${ids} offset 0
) t on true`,
});

const loadOne = statementFor("load", "id = $3::uuid", "task_is_waited_for(me.user_id, t.id)");
const loadMany = statementFor("load-many", "id = any ($3::uuid[])", "null::boolean");

type Row = {
  newest: string;
  taskCount: number;
  method: string | null;
  requestHash: Buffer | null;
  response: Buffer | null;
  /** Null: not asked. */
  awaited: boolean | null;
} & (TaskRow | { id: null });

/** Reads what a write needs to know, in one round trip. */
export async function load(
  database: Database,
  userId: string,
  key: AnswerKey | undefined,
  taskIds: readonly string[],
): Promise<Ground> {
  const [statement, ids] = taskIds.length > 1 ? [loadMany, taskIds] : [loadOne, taskIds[0]];
  const rows = await read<Row>(database, statement, [userId, key?.requestId, ids]);
  const [row] = rows;
  if (row === undefined) throw new Error("the load statement answers with one row at least");
  const { newest, taskCount } = row;
  return {
    newest: BigInt(newest),
    taskCount,
    answer: answerOf(row),
    tasks: new Map(rows.flatMap(taskOf).map((task) => [task.id, task])),
    unawaited: new Set(rows.flatMap(({ id, awaited }) => (id !== null && awaited === false ? [id] : []))),
  };
}

function answerOf({ method, requestHash, response }: Row): StoredAnswer | undefined {
  if (method === null || requestHash === null || response === null) return undefined;
  return { method, requestHash, response };
}

function taskOf({
  newest: _,
  taskCount: _count,
  method: _method,
  requestHash: _hash,
  response: _response,
  awaited: _awaited,
  ...task
}: Row): Task[] {
  return task.id === null ? [] : [new Task(fieldsOf(task))];
}
