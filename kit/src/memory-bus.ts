import { setTimeout as sleep } from "node:timers/promises";
import type { IncomingRecord } from "./event.ts";
import { topics as catalogue } from "./event-catalogue.ts";
import { type EventPublisher, type EventRecord, PoisonRecordError } from "./publisher.ts";
import type { Subscriber } from "./subscribe.ts";

export interface MemoryBus extends AsyncDisposable {
  publisher: EventPublisher;
  /** Delivers what was stored and what will be, in order per partition, to a subscriber's topics. */
  subscribe(subscriber: Subscriber): void;
  /** Resolves when every subscriber has taken everything that is stored. */
  drained(): Promise<void>;
  /** What a partition holds, oldest first; the newest {@link MemoryBusOptions.keep} of it. */
  records(topic: string, partition: number): readonly EventRecord[];
}

export interface MemoryBusOptions {
  /** The topics there are, each with its partitions; by default the catalogue's. */
  topics?: readonly { name: string; partitions: number }[];
  /** The most bytes of a record; by default 1 MiB, as the broker's. */
  maxRecordBytes?: number;
  /** How many records of a partition are kept for readers that come later; by default 10,000. */
  keep?: number;
  /** How often a record is delivered while the answer is RETRY; by default 60, then it is given up. */
  tries?: number;
}

interface Partition {
  topic: string;
  number: number;
  /** The offset of the oldest record kept. */
  base: number;
  records: EventRecord[];
}

interface Reader {
  subscriber: Subscriber;
  partition: Partition;
  next: number;
  running: Promise<void> | undefined;
}

/**
 * The broker of `npm run try` and of tests: one process, nothing on disk, the same port and contract as Kafka's. A
 * record that a subscriber drops is gone.
 */
export function createMemoryBus(options: MemoryBusOptions = {}): MemoryBus {
  const o = { topics: catalogue, maxRecordBytes: 1024 * 1024, keep: 10_000, tries: 60, ...options };
  const partitions = new Map<string, Partition>();
  for (const { name: topic, partitions: count } of o.topics) {
    for (let number = 0; number < count; number++) {
      partitions.set(`${topic}/${number}`, { topic, number, base: 0, records: [] });
    }
  }
  const readers: Reader[] = [];
  const stopped = new AbortController();

  const wake = (reader: Reader) => {
    reader.running ??= read(reader, o.tries, stopped.signal).finally(() => {
      reader.running = undefined;
      // A record may have come between the last look and now.
      if (!stopped.signal.aborted && reader.next < end(reader.partition)) wake(reader);
    });
  };
  const end = (partition: Partition) => partition.base + partition.records.length;
  const slowest = (partition: Partition) =>
    Math.min(end(partition), ...readers.filter((one) => one.partition === partition).map(({ next }) => next));
  const unread = (partition: Partition) => end(partition) - slowest(partition);
  const trim = (partition: Partition) => {
    const from = Math.max(partition.base, Math.min(end(partition) - o.keep, slowest(partition)));
    partition.records.splice(0, from - partition.base);
    partition.base = from;
  };

  const publisher: EventPublisher = {
    async append(topic, number, records, signal) {
      signal.throwIfAborted();
      const partition = partitions.get(`${topic}/${number}`);
      if (partition === undefined) throw new PoisonRecordError("UNKNOWN_TOPIC_OR_PARTITION");
      if (records.some((record) => sizeOf(record) > o.maxRecordBytes)) {
        throw new PoisonRecordError("MESSAGE_TOO_LARGE");
      }
      while (unread(partition) >= o.keep) {
        await sleep(10);
        signal.throwIfAborted();
      }
      partition.records.push(...records);
      trim(partition);
      for (const reader of readers) if (reader.partition === partition) wake(reader);
    },
    async [Symbol.asyncDispose]() {},
  };

  return {
    publisher,
    subscribe(subscriber) {
      for (const partition of partitions.values()) {
        if (!subscriber.topics.includes(partition.topic)) continue;
        const reader = { subscriber, partition, next: partition.base, running: undefined };
        readers.push(reader);
        wake(reader);
      }
    },
    async drained() {
      for (let busy = readers; busy.length > 0; ) {
        await Promise.all(busy.map(({ running }) => running));
        busy = readers.filter(({ running }) => running !== undefined);
      }
    },
    records: (topic, number) => partitions.get(`${topic}/${number}`)?.records ?? [],
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await Promise.all(readers.map(({ running }) => running));
    },
  };
}

/** Delivers to the end of a partition, one record at a time. */
async function read(reader: Reader, tries: number, stopped: AbortSignal): Promise<void> {
  const { partition } = reader;
  while (!stopped.aborted) {
    const record = partition.records[reader.next - partition.base];
    if (record === undefined) return;
    const { topic, number } = partition;
    await deliver(
      reader.subscriber,
      { ...record, topic, partition: number, offset: BigInt(reader.next) },
      tries,
      stopped,
    );
    reader.next++;
  }
}

async function deliver(
  subscriber: Subscriber,
  record: IncomingRecord,
  tries: number,
  stopped: AbortSignal,
): Promise<void> {
  for (let attempt = 0; attempt < tries; attempt++) {
    if ((await subscriber.deliver(record)) !== "RETRY") return;
    const pauseMs = Math.min(20 * 2 ** Math.min(attempt, 10), 1_000);
    await sleep(pauseMs, undefined, { signal: stopped }).catch(() => {});
    if (stopped.aborted) return;
  }
}

function sizeOf(record: EventRecord): number {
  return record.key.length + (record.value?.length ?? 0);
}
