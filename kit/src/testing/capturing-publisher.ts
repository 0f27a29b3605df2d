import type { JsonObject } from "@bufbuild/protobuf";
import type { EventPublisher, EventRecord } from "../publisher.ts";

/** A record as it was appended, in the order over all partitions in which appends were called. */
export interface CapturedRecord extends EventRecord {
  topic: string;
  partition: number;
}

export interface CapturingPublisher extends EventPublisher {
  /** What was appended so far. */
  records: CapturedRecord[];
  /** The envelopes of a topic, or of all. Tombstones are left out. */
  events(topic?: string): JsonObject[];
  /** Called before each append; what it throws, the append throws, and what it waits for, the append waits for. */
  before: (topic: string, partition: number, records: readonly EventRecord[]) => void | Promise<void>;
}

/** A publisher that stores what it is given where a test can look at it. */
export function capturingPublisher(): CapturingPublisher {
  const capturing: CapturingPublisher = {
    records: [],
    before: () => {},
    events: (topic) =>
      capturing.records
        .filter((record) => topic === undefined || record.topic === topic)
        .flatMap(({ value }) => (value === null ? [] : [JSON.parse(Buffer.from(value).toString())])),
    async append(topic, partition, records, signal) {
      await capturing.before(topic, partition, records);
      signal.throwIfAborted();
      for (const { key, value, headers } of records) {
        capturing.records.push({ topic, partition, key, value, headers });
      }
    },
    async [Symbol.asyncDispose]() {},
  };
  return capturing;
}
