import type { DescMessage, Message } from "@bufbuild/protobuf";
import { sql } from "kysely";
import { encodeCloudEvent } from "./cloud-event.ts";
import type { AnyKysely } from "./database.ts";
import { eventRegistry } from "./event-catalogue.ts";
import type { AppId } from "./services.ts";
import { currentTraceparent } from "./trace.ts";
import { uuidV7 } from "./uuid.ts";

export interface OutgoingEvent {
  topic: string;
  /** `null`: a tombstone, which needs `desc`. */
  message: Message | null;
  /** By default what the registry knows of the message. */
  desc?: DescMessage;
  /** The id of the thing it is about. */
  subject: string;
  /** The record's key, by which the topic keeps order. */
  key: string;
  /** What the relay orders and parks by. */
  streamId: string;
  /** The place within the stream: the user's `user_seq`. Events of one place go in the order given here. */
  position: bigint;
  /** Empty: unknown. */
  userId: string;
  time: Date;
  /** By default a new uuid v7. */
  id?: string;
}

/**
 * Records events in the transaction that makes them true (R059). The relay sends them after the commit; the caller
 * kicks it then. The envelope is made here, once: what waits in the outbox is what the topic will hold, byte for byte.
 *
 * `tx` must find the outbox by its search path, as every connection of a service's role does.
 *
 * @throws ValidationError if a message breaks its own rules, and then nothing is recorded.
 */
export async function record(tx: AnyKysely, source: AppId, events: readonly OutgoingEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = outboxRows(source, events).map(
    (row) => sql`(${row.id}, ${row.streamId}, ${row.position}, ${row.topic}, ${row.key}, ${row.value},
      ${row.headers})`,
  );
  await sql`insert into outbox (id, stream_id, position, topic, key, value, headers)
    values ${sql.join(rows)}`.execute(tx);
}

/** A row of the outbox in the form in which `pg` takes it. */
export interface OutboxRow {
  id: string;
  streamId: string;
  position: string;
  topic: string;
  key: string;
  value: Buffer | null;
  /** JSON. */
  headers: string;
}

/**
 * The rows that `record` inserts, for a service that records its events in the very statement that makes the change.
 *
 * @throws ValidationError if a message breaks its own rules.
 */
export function outboxRows(source: AppId, events: readonly OutgoingEvent[]): OutboxRow[] {
  const traceparent = currentTraceparent();
  return events.map((event) => rowOf(event, source, traceparent));
}

function rowOf(event: OutgoingEvent, source: AppId, traceparent: string | undefined): OutboxRow {
  const desc = event.desc ?? descOf(event.message);
  const id = event.id ?? uuidV7();
  const { value, headers } = encodeCloudEvent(desc, event.message, {
    id,
    source,
    subject: event.subject,
    time: event.time,
    userId: event.userId,
    sequence: event.position,
    traceparent,
  });
  return {
    id,
    streamId: event.streamId,
    position: event.position.toString(),
    topic: event.topic,
    key: event.key,
    value,
    headers: JSON.stringify(headers),
  };
}

function descOf(message: Message | null): DescMessage {
  const desc = message === null ? undefined : eventRegistry.getMessage(message.$typeName);
  if (desc === undefined)
    throw new Error(`${message?.$typeName ?? "a tombstone"} is no event of the catalogue`);
  return desc;
}
