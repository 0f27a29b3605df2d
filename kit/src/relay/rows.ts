import type pg from "pg";

/** A row that waits for the broker. */
export interface OutboxRow {
  seq: string;
  stream_id: string;
  shard: number;
  topic: string;
  key: string;
  value: Buffer | null;
  headers: Record<string, string>;
}

/** What can run a query: a connection, or a pool where the statement needs none in particular. */
export interface Queryable {
  query<R extends pg.QueryResultRow>(
    query: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<R>>;
}

/** A connection as something that many may query at once: each waits for the one before. */
export function oneAtATime(client: pg.Client): Queryable {
  let last: Promise<unknown> = Promise.resolve();
  return {
    query<R extends pg.QueryResultRow>(query: string | pg.QueryConfig, values?: unknown[]) {
      const next = last.then(() => client.query<R>(query, values));
      last = next.catch(() => {});
      return next;
    },
  };
}

/** Up to how many streams are left out by the plan that is kept. */
const fewStreams = 32;
/** Of how many of the oldest rows the streams are taken, how many rows of each stream, and how many in all. */
const [oldestRows, rowsPerStream, rowsPerClaim] = [500, 50, 1000];

/**
 * Sets up a relay's own connection.
 *
 * It holds the planner to the indexes. The outbox is empty at one moment and long at the next, so its statistics are
 * never right, and a plan that reads or sorts the whole of it would come just when it is long.
 *
 * Its commits do not wait for the disk. A server that crashes may forget the last of them: rows that were sent are there
 * again, a whole end of each stream, and are sent again in their order with the ids they had, as after any other
 * failure between sending and taking out. Consumers know them by their inbox. What others commit is flushed as ever.
 */
export async function planForQueue(client: Queryable): Promise<void> {
  await client.query(`set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off;
    set enable_mergejoin = off; set max_parallel_workers_per_gather = 0; set jit = off;
    set synchronous_commit = off`);
}

/**
 * The next rows of the shards: of the streams whose rows have waited longest, so that none starves, each in its order.
 * Streams in `except` are left out, those of the users in `exceptUsers`, and those with a parked row. The scan runs along the primary key, where the oldest
 * rows are, however many wait behind them.
 */
export async function nextRows(
  client: Queryable,
  shards: readonly number[],
  except: readonly string[],
  exceptUsers: readonly string[] = [],
): Promise<OutboxRow[]> {
  const { rows } = await client.query<OutboxRow>({
    // A plan that is kept compares with one stream after the other, one for these values looks them up; to make it takes
    // as long as all the rest, so it is made for many only.
    ...(except.length + exceptUsers.length > fewStreams ? {} : { name: "relay.next_rows" }),
    text: `
      with head as (
        select stream_id, min(seq) as oldest from (
          select seq, stream_id from outbox
          where shard = any ($1::smallint[]) and stream_id <> all ($2::text[])
            and stream_id <> all (array(select stream_id from outbox where parked_at is not null))
            and coalesce(headers->>'ce_userid', '') <> all ($3::text[])
          order by seq limit ${oldestRows}
        ) waiting group by stream_id order by oldest limit ${oldestRows}
      )
      select seq, head.stream_id, shard, topic, key, value, headers
      from head cross join lateral (
        select * from outbox where outbox.stream_id = head.stream_id order by position, seq limit ${rowsPerStream}
      ) waiting
      order by oldest, position, seq limit ${rowsPerClaim}`,
    values: [shards, except, exceptUsers],
  });
  return rows;
}

/** Whether rows may be left that could be sent as well: with fewer than this, no limit of `nextRows` was reached. */
export function wereLimited(rows: readonly OutboxRow[]): boolean {
  return rows.length >= rowsPerStream;
}

/**
 * Takes out rows that the broker has, for many who do so at once: what comes while a statement runs goes with the next
 * one. Each lane by itself would cost a transaction and a flush for the row or two that it sent.
 */
export function createRemoval(client: Queryable): (seqs: readonly string[]) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let waiting: { seqs: string[]; done: Promise<void> } | undefined;
  return (seqs) => {
    if (waiting === undefined) {
      const batch: string[] = [];
      const done = last.then(() => {
        waiting = undefined;
        return removeRows(client, batch);
      });
      last = done.catch(() => {});
      waiting = { seqs: batch, done };
    }
    waiting.seqs.push(...seqs);
    return waiting.done;
  };
}

async function removeRows(client: Queryable, seqs: readonly string[]): Promise<void> {
  await client.query({
    name: "relay.remove_rows",
    text: "delete from outbox where seq = any ($1::bigint[])",
    values: [seqs],
  });
}

/** Parks a row that the broker refuses, and with it the rest of its stream. */
export async function parkRow(client: Queryable, seq: string, reason: string): Promise<void> {
  await client.query(
    "update outbox set parked_at = clock_timestamp(), park_reason = $2, attempts = attempts + 1 where seq = $1",
    [seq, reason.slice(0, 500)],
  );
}

/** Lets a parked stream go on from the row that was refused; for an operator who has cured the cause. */
export async function releaseStream(client: Queryable, streamId: string): Promise<number> {
  const { rowCount } = await client.query(
    "update outbox set parked_at = null, park_reason = null where stream_id = $1 and parked_at is not null",
    [streamId],
  );
  return rowCount ?? 0;
}

/** How the outbox stands. */
export interface OutboxState {
  /** Rows that wait, those of parked streams included; counted up to 100,000. */
  depth: number;
  /** How long the oldest of them has waited. */
  ageSeconds: number;
  parkedStreams: number;
}

export async function outboxState(client: Queryable): Promise<OutboxState> {
  const { rows } = await client.query<{ depth: number; age: number; parked: number }>(`
    select (select count(*)::integer from (select from outbox limit 100000) waiting) as depth,
      coalesce(extract(epoch from clock_timestamp()
        - (select created_at from outbox order by seq limit 1)), 0)::float8 as age,
      (select count(distinct stream_id)::integer from outbox where parked_at is not null) as parked`);
  const [row] = rows;
  return { depth: row?.depth ?? 0, ageSeconds: row?.age ?? 0, parkedStreams: row?.parked ?? 0 };
}

/** Whether a row waits that nothing holds back. */
export async function hasRowsToSend(client: Queryable): Promise<boolean> {
  const { rowCount } = await client.query(`select from outbox o
    where not exists (select from outbox p where p.stream_id = o.stream_id and p.parked_at is not null) limit 1`);
  return rowCount === 1;
}
