import type { OutboxRow } from "@todo/kit/outbox";
import { columnNames, columns, valuesOf } from "./columns.ts";
import { type Database, me, type Statement } from "./database.ts";
import type { Task } from "./domain/task.ts";
import type { AnswerKey } from "./replay.ts";

/** A change of one task with everything that has to become true together with it. */
export interface Saving {
  task: Task;
  /** The full name of the event. */
  type: string;
  changedFields: readonly string[];
  /** The fact and the state. */
  events: readonly OutboxRow[];
  answer: AnswerToStore | undefined;
}

export interface AnswerToStore {
  key: AnswerKey;
  response: Uint8Array;
}

/** Numbers the parameters of a statement as they are written down. */
function parameters(): (type: string) => string {
  let count = 0;
  return (type) => `$${++count}::${type}`;
}

/**
 * One statement, and so one transaction in one round trip.
 *
 * It begins with the user's counter. Its row lock lets one change of a user pass at a time, and its condition lets only
 * the change pass that was made on top of the newest one: nothing of the user can have changed since it was read. All
 * the other parts hang on `turn` having a row. So `user_seq` has no gaps, and commits in its order.
 *
 * A unit of work does the same in nine round trips: measured at 0.4 of the writes a second, for 3.4 times the CPU here.
 */
const saveStatement: Statement = (() => {
  const $ = parameters();
  const [user, lockTimeout, seq, time] = [$("text"), $("text"), $("bigint"), $("timestamptz")];
  const task = columns.map(({ type }) => $(type));
  const [type, changedFields] = [$("text"), $("text[]")];
  const [method, requestId, requestHash, response] = [$("text"), $("text"), $("bytea"), $("bytea")];
  const streamId = $("text");
  const event = () => `(${$("uuid")}, ${$("text")}, ${$("text")}, ${$("bytea")}, ${$("jsonb")})`;
  const changing = columns.filter(({ property }) => property !== "id" && property !== "userId");
  const text = `
with me as materialized (
  select set_config('app.user_id', ${user}, true)::uuid as user_id, set_config('lock_timeout', ${lockTimeout}, true)
),
counted as (
  insert into user_counter as c (user_id, seq) select user_id, case ${seq} when 1 then 1 else 0 end from me
  on conflict (user_id) do update set seq = c.seq + 1 where c.seq = ${seq} - 1
  returning c.user_id, c.seq
),
turn as (select user_id, seq from counted where seq = ${seq}),
saved as (
  insert into task (${columnNames}) select ${task.join(", ")} from turn
  on conflict (id) do update set ${changing.map(({ name }) => `${name} = excluded.${name}`).join(", ")}
  returning id
),
listed as (
  insert into feed (user_id, user_seq, type, task_id, time, changed_fields)
  select turn.user_id, turn.seq, ${type}, saved.id, ${time}, ${changedFields} from turn, saved
),
answered as (
  insert into answer (user_id, method, request_id, request_hash, response, create_time)
  select user_id, ${method}, ${requestId}, ${requestHash}, ${response}, ${time} from turn
  where ${requestId} is not null
),
recorded as (
  insert into outbox (id, stream_id, position, topic, key, value, headers)
  select e.id, ${streamId}, turn.seq, e.topic, e.key, e.value, e.headers
  from turn, (values ${event()}, ${event()}) as e (id, topic, key, value, headers)
)
select exists (select from turn) as saved`;
  return { name: "save", text };
})();

/**
 * Saves a task with its event, its place in the feed, its `user_seq` and the answer that tells of it: all or nothing.
 * `task.userSeq` must be the user's newest plus one; if it is not any more, nothing is saved and the answer is `false`.
 *
 * @throws the database's error; a unique violation if the `request_id` has an answer by now.
 */
export async function save(database: Database, saving: Saving, lockTimeoutMs: number): Promise<boolean> {
  const { task, events, answer } = saving;
  const { key, response } = answer ?? {};
  const values = [
    task.userId,
    `${lockTimeoutMs}ms`,
    task.userSeq,
    task.updateTime,
    ...valuesOf(task),
    saving.type,
    saving.changedFields,
    ...[key?.method, key?.requestId, key?.requestHash, response],
    task.streamId,
    ...events.flatMap((row) => [row.id, row.topic, row.key, row.value, row.headers]),
  ];
  const { rows } = await database.query({ ...saveStatement, values });
  return (rows as { saved: boolean }[])[0]?.saved === true;
}

const rememberStatement: Statement = {
  name: "remember",
  text: `
with ${me}
insert into answer (user_id, method, request_id, request_hash, response, create_time)
select user_id, $2, $3, $4, $5, $6 from me`,
};

/**
 * Stores the answer to a call that changed nothing.
 *
 * @throws the database's error; a unique violation if the `request_id` has an answer by now.
 */
export async function remember(
  database: Database,
  userId: string,
  { key, response }: AnswerToStore,
  time: Date,
): Promise<void> {
  const { method, requestId, requestHash } = key;
  const values = [userId, method, requestId, requestHash, response, time];
  await database.query({ ...rememberStatement, values });
}
