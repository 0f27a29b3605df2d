import type { JsonValue, Message } from "@bufbuild/protobuf";

/** A fact as a consumer sees it: the CloudEvent's attributes, where it was read, and its message. */
export interface DomainEvent<M extends Message = Message> {
  /** The event's id, the same at every delivery. */
  id: string;
  /** The full name of the message, such as `todo.task.v1.TaskCompleted`. */
  type: string;
  /** `/services/<app>`. */
  source: string;
  /** The id of the thing it is about. */
  subject: string;
  /** When it happened. */
  time: Date;
  /** The user whose fact it is. Empty: unknown. */
  userId: string;
  /** The record's key, by which order is kept. */
  key: string;
  topic: string;
  /** -1: unknown. */
  partition: number;
  /** -1: unknown. */
  offset: bigint;
  /** The W3C trace context of the change that caused it. */
  traceparent?: string;
  data: M;
  /** The message as it came, with fields this version does not know. */
  dataJson: JsonValue;
  /** The structured CloudEvent as it came. */
  original: Uint8Array;
}

/** A record as it comes from a topic, by whatever way. */
export interface IncomingRecord {
  topic: string;
  /** -1: unknown. */
  partition: number;
  /** -1: unknown. */
  offset: bigint;
  key: string;
  value: Uint8Array | null;
  headers: Record<string, string>;
}

/** A record whose content is of no concern, such as one of a dead letter topic of the sidecar's. */
export interface RawRecord extends IncomingRecord {
  /** The same at every delivery: made from what the record holds and where it came from. */
  id: string;
  /** Where the record was before the sidecar gave it up. */
  origin: { topic: string; partition: number; offset: bigint };
}
