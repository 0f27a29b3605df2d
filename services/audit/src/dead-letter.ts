import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type CloudEvent, decodeEvent, parseCloudEvent } from "@todo/kit/cloud-event";
import type { DomainEvent, RawRecord } from "@todo/kit/event";
import { deadLetterTopics, eventRegistry } from "@todo/kit/event-catalogue";
import { type DeadLettered, DeadLetteredSchema } from "@todo/proto/todo/audit/v1/dead_letter_event";
import { type Fact, factOfDeadLetter } from "#src/fact.ts";

/** The app whose sidecar gave the record up. */
export function consumerOf(record: RawRecord): string {
  return deadLetterTopics().find(({ name }) => name === record.topic)?.consumer ?? "";
}

/** The event inside a record that a sidecar gave up. Not set: it cannot be read. */
export function eventIn(record: RawRecord): DomainEvent | undefined {
  return attempt(() => decodeEvent(parseCloudEvent(record.value), record, eventRegistry));
}

/** What is known of a record that a sidecar gave up, which may be nothing but where it was. */
export function letterOf(record: RawRecord, now: Date): DeadLettered {
  const attributes = attributesIn(record);
  return create(DeadLetteredSchema, {
    consumer: consumerOf(record),
    topic: record.origin.topic,
    partition: record.origin.partition,
    offset: record.origin.offset,
    key: record.key.slice(0, 200),
    eventId: (attributes["id"] ?? "").slice(0, 64),
    type: (attributes["type"] ?? "").slice(0, 200),
    reason: "the sidecar gave it up: the consumer could not read it, or was away for too long",
    firstFailTime: timestampFromDate(now),
  });
}

/** Such a letter as a fact of the user whose event it was, if that is known. */
export function factOfRecord(record: RawRecord, letter: DeadLettered, now: Date): Fact {
  const attributes = attributesIn(record);
  return factOfDeadLetter(letter, {
    userId: eventIn(record)?.userId ?? attributes["userid"] ?? "",
    eventId: record.id,
    source: `/sidecars/${letter.consumer}`,
    subject: attributes["subject"] ?? "",
    time: now,
    traceId: "",
  });
}

function attributesIn(record: RawRecord): Record<string, string> {
  return attempt(() => parseCloudEvent(record.value))?.attributes ?? {};
}

function attempt<T extends CloudEvent | DomainEvent>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // A record that cannot be read is what this file is about.
    return undefined;
  }
}
