import { sql } from "kysely";
import type { AnyKysely } from "./database.ts";
import type { IncomingRecord } from "./event.ts";

/** What is parked together: the events of one key of one topic, for one consumer. */
export interface ParkedKey {
  consumer: string;
  topic: string;
  key: string;
}

/** Why an event was parked. Neither text holds a value of the event. */
export interface Failure {
  reason: string;
  errorClass: string;
  attempts: number;
  firstFailedAt: Date;
}

/** An event that waits for a redrive. */
export interface ParkedEvent {
  seq: string;
  eventId: string;
  record: IncomingRecord;
}

/** Whether events of the key wait. Cheap, and true only for the moment: see {@link lockKey}. */
export async function isParked(tx: AnyKysely, k: ParkedKey): Promise<boolean> {
  const { rows } = await sql`select 1 from parked
    where consumer = ${k.consumer} and topic = ${k.topic} and key = ${k.key} limit 1`.execute(tx);
  return rows.length === 1;
}

/**
 * Keeps others off the key until the transaction ends. Whoever parks an event and whoever redrives one holds it, so
 * that no event slips in behind the last one that a redrive takes out.
 */
export async function lockKey(tx: AnyKysely, k: ParkedKey): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('todo.parked'),
    hashtext(${JSON.stringify([k.consumer, k.topic, k.key])}))`.execute(tx);
}

/** Puts an event behind those of its key. A second delivery of it changes nothing. */
export async function park(
  tx: AnyKysely,
  consumer: string,
  event: { id: string; type: string; record: IncomingRecord },
  failure: Failure | undefined,
): Promise<void> {
  const { record } = event;
  await sql`insert into parked (consumer, topic, key, event_id, type, partition, record_offset, headers, original,
      reason, error_class, attempts, first_failed_at)
    values (${consumer}, ${record.topic}, ${record.key}, ${event.id}, ${event.type}, ${record.partition},
      ${record.offset.toString()}, ${storableJson(record.headers)}, ${toBuffer(record.value)},
      ${failure?.reason ?? "an earlier event of its key is parked"}, ${failure?.errorClass ?? ""},
      ${failure?.attempts ?? 0}, ${failure?.firstFailedAt ?? null})
    on conflict (consumer, topic, event_id) do nothing`.execute(tx);
}

/** The first event of a key that waits. */
export async function firstParked(tx: AnyKysely, k: ParkedKey): Promise<ParkedEvent | undefined> {
  const { rows } = await sql<ParkedRow>`select seq, event_id, partition, record_offset, headers, original
    from parked where consumer = ${k.consumer} and topic = ${k.topic} and key = ${k.key}
    order by seq limit 1`.execute(tx);
  const [row] = rows;
  if (row === undefined) return undefined;
  return { seq: row.seq, eventId: row.event_id, record: recordIn(row, k) };
}

interface ParkedRow {
  seq: string;
  event_id: string;
  partition: number;
  record_offset: string;
  headers: Record<string, string>;
  original: Buffer | null;
}

/** A parked event with everything that is known of it. */
export interface FoundParked {
  consumer: string;
  /** Its place among all that wait at the consumer. */
  number: bigint;
  eventId: string;
  type: string;
  record: IncomingRecord;
  reason: string;
  errorClass: string;
  attempts: number;
  firstFailedAt: Date | null;
  parkedAt: Date;
}

/** What waits at a consumer behind a number, in order. Empty texts find every key and every event. */
export async function findParked(
  tx: AnyKysely,
  consumer: string,
  o: { key: string; eventId: string; after: bigint; limit: number },
): Promise<FoundParked[]> {
  const { rows } = await sql<FoundRow>`select * from parked
    where consumer = ${consumer} and seq > ${o.after.toString()}
      and (${o.key} = '' or key = ${o.key}) and (${o.eventId} = '' or event_id = ${o.eventId})
    order by seq limit ${o.limit}`.execute(tx);
  return rows.map(found);
}

/** The parked event with a number. */
export async function parkedBy(
  tx: AnyKysely,
  consumer: string,
  number: bigint,
): Promise<FoundParked | undefined> {
  const { rows } = await sql<FoundRow>`select * from parked
    where consumer = ${consumer} and seq = ${number.toString()}`.execute(tx);
  const [row] = rows;
  return row && found(row);
}

interface FoundRow extends ParkedRow {
  consumer: string;
  topic: string;
  key: string;
  type: string;
  reason: string;
  error_class: string;
  attempts: number;
  first_failed_at: Date | null;
  parked_at: Date;
}

function found(row: FoundRow): FoundParked {
  const { consumer, type, reason, attempts } = row;
  return {
    consumer,
    number: BigInt(row.seq),
    eventId: row.event_id,
    type,
    record: recordIn(row, row),
    reason,
    errorClass: row.error_class,
    attempts,
    firstFailedAt: row.first_failed_at,
    parkedAt: row.parked_at,
  };
}

function recordIn(row: ParkedRow, { topic, key }: { topic: string; key: string }): IncomingRecord {
  return {
    topic,
    key,
    partition: row.partition,
    offset: BigInt(row.record_offset),
    headers: row.headers,
    value: row.original,
  };
}

export async function unpark(tx: AnyKysely, seq: string): Promise<void> {
  await sql`delete from parked where seq = ${seq}`.execute(tx);
}

/** Remembers that a redrive of the event failed too. */
export async function markFailedAgain(tx: AnyKysely, seq: string, failure: Failure): Promise<void> {
  await sql`update parked set attempts = attempts + ${failure.attempts}, reason = ${failure.reason},
    error_class = ${failure.errorClass}, first_failed_at = coalesce(first_failed_at, ${failure.firstFailedAt})
    where seq = ${seq}`.execute(tx);
}

/** The topics in which events of a key wait, and how many. */
export async function parkedTopics(
  tx: AnyKysely,
  consumer: string,
  key: string,
): Promise<{ topic: string; count: number }[]> {
  const { rows } = await sql<{ topic: string; count: number }>`select topic, count(*)::integer as count
    from parked where consumer = ${consumer} and key = ${key} group by topic order by topic`.execute(tx);
  return rows;
}

/**
 * Drops the parked events of keys to which none was added since `before`: a key as a whole or not at all, so that none
 * of its events takes effect without those before it. Takes keys until there are `limit` events; says how many.
 */
export async function forgetParked(database: AnyKysely, before: Date, limit: number): Promise<number> {
  const { rows } = await sql`with stale as (
      select consumer, topic, key, sum(count(*)) over (order by max(parked_at), consumer, topic, key) - count(*) as ahead
      from parked group by consumer, topic, key having max(parked_at) < ${before}
    )
    delete from parked p using stale s
    where p.consumer = s.consumer and p.topic = s.topic and p.key = s.key and s.ahead < ${limit} returning 1`.execute(
    database,
  );
  return rows.length;
}

/** Postgres keeps no zero byte, and no header of ours has one. */
function storableJson(headers: Record<string, string>): string {
  return JSON.stringify(headers).replaceAll("\\u0000", "\\ufffd");
}

function toBuffer(value: Uint8Array | null): Buffer | null {
  return value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
