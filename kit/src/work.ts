import { decodeEvent, parseCloudEvent, UnreadableEventError } from "./cloud-event.ts";
import type { AnyKysely } from "./database.ts";
import type { IncomingRecord } from "./event.ts";
import { eventRegistry } from "./event-catalogue.ts";
import { type EventHandler, rawRecord } from "./handlers.ts";

/** A record that a subscriber takes, and what is to be done with it. */
export interface Work {
  id: string;
  type: string;
  userId: string;
  record: IncomingRecord;
  traceparent: string | undefined;
  /** When it happened; unknown of what nobody can read. */
  time: Date | undefined;
  /** Whether the inbox keeps it from being done twice; otherwise every effect compares versions itself. */
  onlyOnce: boolean;
  /** The effects of all handlers, in the order in which they were given. */
  run(tx: AnyKysely): Promise<void>;
}

/**
 * Finds out what a record asks for. `undefined`: it can be read, but no handler wants its type.
 *
 * @throws UnreadableEventError if it cannot be read.
 */
export function workOf(
  record: IncomingRecord,
  handlers: readonly EventHandler[],
  consumer: string,
): Work | undefined {
  return rawWork(record, handlers) ?? eventWork(record, handlers, consumer);
}

function rawWork(record: IncomingRecord, handlers: readonly EventHandler[]): Work | undefined {
  const raw = handlers.filter((handler) => handler.kind === "raw");
  if (raw.length === 0) return undefined;
  const taken = rawRecord(record);
  return {
    id: taken.id,
    type: "",
    userId: "",
    record: taken,
    traceparent: undefined,
    time: undefined,
    onlyOnce: true,
    async run(tx) {
      for (const handler of raw) await handler.run(taken, tx);
    },
  };
}

function eventWork(
  record: IncomingRecord,
  handlers: readonly EventHandler[],
  consumer: string,
): Work | undefined {
  const parsed = parseCloudEvent(record.value);
  const type = parsed.attributes["type"] ?? "";
  const wanted = handlers.filter((handler) => handler.kind !== "raw").filter(wants(type));
  if (wanted.length === 0) return undefined;
  const event = decodeEvent(parsed, record, eventRegistry);
  refuseUnstorable({ id: event.id, key: record.key });
  return {
    id: event.id,
    type,
    userId: event.userId,
    record,
    traceparent: event.traceparent,
    time: event.time,
    onlyOnce: wanted.some(({ kind }) => kind === "once"),
    async run(tx) {
      for (const handler of wanted) await handler.run(event, tx, consumer);
    },
  };
}

/** Longer than any of ours, and short enough for an index of Postgres. */
const longest = 1_000;

/** What the inbox cannot keep cannot be taken once, nor parked: it would be asked for again and again. */
function refuseUnstorable(texts: Record<string, string>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (text.length > longest) throw new UnreadableEventError(`the ${name} is too long`);
    if (text.includes("\0")) throw new UnreadableEventError(`the ${name} has a zero byte`);
  }
}

function wants(type: string): (handler: { type: string | undefined }) => boolean {
  return (handler) => handler.type === undefined || handler.type === type;
}
