import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { DeadLetteredSchema } from "@todo/proto/todo/audit/v1/dead_letter_event";
import type { AnyKysely } from "./database.ts";
import type { IncomingRecord } from "./event.ts";
import { deadLetterTopic } from "./event-catalogue.ts";
import { record } from "./outbox.ts";
import type { Failure } from "./parking.ts";
import type { AppId } from "./services.ts";

/** The most bytes of an original that a dead letter carries; the parked row has all of them. */
const originalBytes = 256 * 1024;

/**
 * Records the dead letter of an event that was just parked (R066). An event of the dead letter topic itself makes none,
 * or one that its reader cannot take would breed others for ever.
 */
export async function recordDeadLetter(
  tx: AnyKysely,
  consumer: AppId,
  event: { id: string; type: string; userId: string; record: IncomingRecord },
  failure: Failure,
  now: Date,
): Promise<void> {
  const { record: origin } = event;
  if (origin.topic === deadLetterTopic) return;
  const message = create(DeadLetteredSchema, {
    consumer,
    topic: origin.topic.slice(0, 200),
    partition: origin.partition,
    offset: origin.offset,
    key: origin.key.slice(0, 200),
    eventId: event.id.slice(0, 64),
    type: event.type.slice(0, 200),
    reason: failure.reason,
    errorClass: failure.errorClass,
    attempts: failure.attempts,
    original: (origin.value ?? new Uint8Array()).slice(0, originalBytes),
    firstFailTime: timestampFromDate(failure.firstFailedAt),
  });
  await record(tx, consumer, [
    {
      topic: deadLetterTopic,
      message,
      subject: event.id,
      key: origin.key,
      // Not the origin's own stream: a stream of the service's may be waiting for something else.
      streamId: JSON.stringify([deadLetterTopic, origin.topic, origin.key]),
      position: 0n,
      userId: event.userId,
      time: now,
    },
  ]);
}
