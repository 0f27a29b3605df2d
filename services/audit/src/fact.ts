import { randomUUIDv7 } from "node:crypto";
import {
  create,
  type DescMessage,
  isMessage,
  type JsonValue,
  type Message,
  type MessageInitShape,
  toJson,
} from "@bufbuild/protobuf";
import { type Timestamp, timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { DomainEvent } from "@todo/kit/event";
import { eventRegistry } from "@todo/kit/event-catalogue";
import {
  AccessRefusedSchema,
  SignInFailedSchema,
  SignUpIgnoredSchema,
} from "@todo/proto/todo/audit/v1/access_event";
import type { RecordAccessRequest } from "@todo/proto/todo/audit/v1/audit_service";
import { type DeadLettered, DeadLetteredSchema } from "@todo/proto/todo/audit/v1/dead_letter_event";
import { fieldNames } from "#src/fields.ts";
import type { Held } from "#src/refusal-minutes.ts";

/** What is told about a fact besides its content. */
export interface Envelope {
  /** Whose fact it is. Empty: unknown. */
  userId: string;
  eventId: string;
  source: string;
  subject: string;
  time: Date;
  /** Empty: none. */
  traceId: string;
}

/** Something that happened, before it has a place in a chain. */
export interface Fact extends Envelope {
  type: string;
  /** The names of the fields that `data` carries. */
  fields: string[];
  data: JsonValue;
}

export function factOfEvent(event: DomainEvent): Fact {
  const { id: eventId, type, source, subject, time, userId } = event;
  const envelope = { eventId, source, subject, time, userId, traceId: traceIdOf(event.traceparent) };
  if (isMessage(event.data, DeadLetteredSchema)) return factOfDeadLetter(event.data, envelope);
  const desc = eventRegistry.getMessage(type);
  if (desc === undefined) throw new Error(`${type} is no event of the catalogue`);
  return { ...envelope, type, fields: fieldNames(desc, event.data), data: event.dataJson };
}

/**
 * A dead letter without the event itself: its bytes hold values of somebody who may not be known here, and an erasure
 * could not reach them. They stay with the consumer that parked them and on the dead letter topic.
 */
export function factOfDeadLetter(letter: DeadLettered, envelope: Envelope): Fact {
  return factOf(
    DeadLetteredSchema,
    create(DeadLetteredSchema, { ...letter, original: new Uint8Array() }),
    envelope,
  );
}

export function factOfRefusal(
  request: RecordAccessRequest,
  time: Timestamp,
  traceparent: string | undefined,
): Fact {
  const { userId, method, reason, requestId, count } = request;
  return factOf(
    AccessRefusedSchema,
    create(AccessRefusedSchema, { userId, method, reason, requestId, time, count }),
    {
      userId,
      eventId: request.id,
      source: "/services/gateway",
      subject: "",
      time: timestampDate(time),
      traceId: traceIdOf(traceparent),
    },
  );
}

/** Events that others can cause without end. */
const refusals: readonly DescMessage[] = [AccessRefusedSchema, SignInFailedSchema, SignUpIgnoredSchema];

/** What of a refusal counts. Undefined: the fact is none. */
export function refusalIn(fact: Fact) {
  if (!refusals.some(({ typeName }) => typeName === fact.type)) return undefined;
  const data = fact.data as { reason?: string; method?: string; count?: number; untilTime?: string };
  const { reason = "", method = "", count = 0, untilTime } = data;
  return { reason, method, count, until: untilTime === undefined ? undefined : new Date(untilTime) };
}

/** As the contract allows. */
const mostCounted = 1_000_000_000;

/** One fact for many refusals. */
export function factOfHeld({ userId, type, reason, method, count, from, until }: Held): Fact {
  const desc = refusals.find(({ typeName }) => typeName === type) ?? AccessRefusedSchema;
  const counted = {
    count: Math.min(Number(count), mostCounted),
    time: timestampFromDate(from),
    untilTime: timestampFromDate(until),
  };
  const why = desc === AccessRefusedSchema ? { reason, method } : {};
  const message = create(desc, { userId, ...counted, ...why } as MessageInitShape<DescMessage>);
  const envelope = { userId, eventId: randomUUIDv7(), source: "/services/audit", subject: "", time: from };
  return factOf(desc, message, { ...envelope, traceId: "" });
}

function factOf(desc: DescMessage, message: Message, envelope: Envelope): Fact {
  return { ...envelope, type: desc.typeName, fields: fieldNames(desc, message), data: toJson(desc, message) };
}

// W3C Trace Context: version, trace id, parent id and flags, with dashes between them.
function traceIdOf(traceparent: string | undefined): string {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? "")?.[1] ?? "";
}
