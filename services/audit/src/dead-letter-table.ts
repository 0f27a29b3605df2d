import { create } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { AnyKysely } from "@todo/kit/database";
import type { DeadLettered } from "@todo/proto/todo/audit/v1/dead_letter_event";
import { type DeadLetter, DeadLetterSchema } from "@todo/proto/todo/audit/v1/parked";

/** A dead letter with its place in the list and the user whose event it is. */
export interface ListedLetter {
  seq: bigint;
  /** Empty: unknown. */
  userId: string;
  letter: DeadLetter;
}

interface Row {
  seq: string;
  id: string;
  source: string;
  consumer: string;
  topic: string;
  partition: number;
  record_offset: string;
  key: string;
  event_id: string;
  type: string;
  reason: string;
  error_class: string;
  attempts: number;
  user_id: string;
  first_failed_at: Date;
  recorded_at: Date;
}

/** Lists a dead letter. One that is listed already stays as it is. */
export async function addDeadLetter(
  tx: AnyKysely,
  letter: DeadLettered,
  of: { id: string; source: string; userId: string; now: Date },
): Promise<void> {
  const { consumer, topic, partition, attempts, reason, errorClass, firstFailTime } = letter;
  await tx
    .insertInto("dead_letter")
    .values({
      id: of.id,
      source: of.source,
      consumer,
      topic: storable(topic),
      partition,
      record_offset: letter.offset.toString(),
      key: storable(letter.key),
      event_id: storable(letter.eventId),
      type: storable(letter.type),
      reason: storable(reason),
      error_class: errorClass,
      attempts,
      user_id: storable(of.userId),
      first_failed_at: firstFailTime === undefined ? of.now : timestampDate(firstFailTime),
      recorded_at: of.now,
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

/** Postgres keeps no text with a zero byte, and what could not be read may hold anything. */
function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}

/** Letters below a place in the list, newest first. Empty texts find every consumer and every topic. */
export async function deadLettersBefore(
  database: AnyKysely,
  o: { consumer: string; topic: string; before: bigint | undefined },
  limit: number,
): Promise<ListedLetter[]> {
  let query = database.selectFrom("dead_letter").selectAll();
  if (o.consumer !== "") query = query.where("consumer", "=", o.consumer);
  if (o.topic !== "") query = query.where("topic", "=", o.topic);
  if (o.before !== undefined) query = query.where("seq", "<", o.before.toString());
  return (await query.orderBy("seq", "desc").limit(limit).execute()).map((row) => listed(row as Row));
}

/** The letters with an id, or about the event with that id, oldest first. */
export async function deadLettersOf(database: AnyKysely, id: string): Promise<ListedLetter[]> {
  const rows = await database
    .selectFrom("dead_letter")
    .selectAll()
    .where((eb) => eb.or([eb("id", "=", id), eb("event_id", "=", id)]))
    .orderBy("seq")
    .limit(100)
    .execute();
  return rows.map((row) => listed(row as Row));
}

/** Forgets at most `limit` letters that were listed before `before`, and says how many. */
export async function forgetDeadLetters(database: AnyKysely, before: Date, limit: number): Promise<number> {
  const old = database.selectFrom("dead_letter").select("seq").where("recorded_at", "<", before).limit(limit);
  const gone = await database.deleteFrom("dead_letter").where("seq", "in", old).executeTakeFirst();
  return Number(gone.numDeletedRows);
}

function listed(row: Row): ListedLetter {
  const { id, source, consumer, topic, partition, key, type, reason, attempts } = row;
  const letter = create(DeadLetterSchema, {
    ...{ id, source, consumer, topic, partition, key, type, reason, attempts },
    offset: BigInt(row.record_offset),
    eventId: row.event_id,
    errorClass: row.error_class,
    firstFailTime: timestampFromDate(row.first_failed_at),
    recordTime: timestampFromDate(row.recorded_at),
  });
  return { seq: BigInt(row.seq), userId: row.user_id, letter };
}
