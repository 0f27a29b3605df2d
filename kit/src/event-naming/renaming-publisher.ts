import { parseCloudEvent } from "../cloud-event.ts";
import type { EventPublisher, EventRecord } from "../publisher.ts";
import { foreignForm } from "./forms.ts";
import { type ForeignNaming, foreignTopicOf } from "./names.ts";

/**
 * A publisher that repeats each record on the topic that has it under a foreign naming, in its form, in the partition
 * of the same number and so in the same order. An append is done when both are stored; like any append it may store a
 * record more than once, never less.
 */
export function renamingPublisher(inner: EventPublisher, naming: ForeignNaming): EventPublisher {
  return {
    async append(topic, partition, records, signal) {
      await inner.append(topic, partition, records, signal);
      for (const [foreign, renamed] of rename(naming, topic, records))
        await inner.append(foreign, partition, renamed, signal);
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

/** By foreign topic, in the order of the records. */
function rename(
  naming: ForeignNaming,
  topic: string,
  records: readonly EventRecord[],
): Map<string, EventRecord[]> {
  const renamed = new Map<string, EventRecord[]>();
  for (const record of records) {
    const found = renameOne(naming, topic, record);
    if (found === undefined) continue;
    renamed.set(found.topic, [...(renamed.get(found.topic) ?? []), found.record]);
  }
  return renamed;
}

function renameOne(naming: ForeignNaming, topic: string, { key, value }: EventRecord) {
  if (value === null) return undefined;
  const event = parseCloudEvent(value);
  const { type = "" } = event.attributes;
  const foreign = foreignTopicOf(naming, topic, type.slice(type.lastIndexOf(".") + 1));
  if (foreign === undefined) return undefined;
  const headers = { "content-type": "application/json" };
  const text = JSON.stringify(foreignForm(naming, event));
  return { topic: foreign, record: { key, value: Buffer.from(text), headers } };
}
