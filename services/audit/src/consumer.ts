import { isMessage } from "@bufbuild/protobuf";
import type { AnyKysely } from "@todo/kit/database";
import type { DomainEvent, RawRecord } from "@todo/kit/event";
import { deadLetterTopics, subscriptionsOf } from "@todo/kit/event-catalogue";
import { type EventHandler, onceAny, onceRaw } from "@todo/kit/subscribe";
import { DeadLetteredSchema } from "@todo/proto/todo/audit/v1/dead_letter_event";
import { UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { consumerOf, eventIn, factOfRecord, letterOf } from "#src/dead-letter.ts";
import { addDeadLetter } from "#src/dead-letter-table.ts";
import { factOfEvent } from "#src/fact.ts";
import type { Recorder } from "#src/recorder.ts";

/** What the log does with each topic: it records everything, and what the sidecars gave up as far as it can be read. */
export function auditSubscriptions(deps: {
  recorder: Recorder;
  now: () => Date;
}): Record<string, EventHandler[]> {
  const { recorder, now } = deps;

  const recordEvent = async (event: DomainEvent, tx: AnyKysely) => {
    await recorder.record(tx, factOfEvent(event));
    if (isMessage(event.data, UserErasedSchema)) await recorder.erase(tx, event.userId);
    if (isMessage(event.data, DeadLetteredSchema)) {
      const { id, source, userId } = event;
      await addDeadLetter(tx, event.data, { id, source, userId, now: now() });
    }
  };
  const recordDeadLetter = async (record: RawRecord, tx: AnyKysely) => {
    // Our own sidecar gives up what this service could not take for too long: it is late, not lost.
    const late = consumerOf(record) === "audit" ? eventIn(record) : undefined;
    if (late !== undefined) await recordEvent(late, tx);
    const letter = letterOf(record, now());
    const fact = factOfRecord(record, letter, now());
    await recorder.record(tx, fact);
    const { source, userId } = fact;
    await addDeadLetter(tx, letter, { id: record.id, source, userId, now: now() });
  };

  const [events, deadLetters] = [onceAny(recordEvent), onceRaw(recordDeadLetter)];

  const deadLetterNames = new Set(deadLetterTopics().map(({ name }) => name));
  const handlerOf = (topic: string) => (deadLetterNames.has(topic) ? deadLetters : events);
  return Object.fromEntries(subscriptionsOf("audit").map((topic) => [topic, [handlerOf(topic)]]));
}
