import { setTimeout as sleep } from "node:timers/promises";
import type { ISocketFactory } from "kafkajs";
import { topics as catalogue } from "./event-catalogue.ts";
import type { KafkaConnection } from "./kafka-connection.ts";
import {
  createGenerations,
  type Generations,
  type ProduceTimeouts,
  produceTimeouts,
} from "./kafka-generations.ts";
import type { Logger } from "./log.ts";
import { type EventPublisher, type EventRecord, PoisonRecordError } from "./publisher.ts";
import { within } from "./within.ts";

export interface KafkaPublisherOptions {
  kafka: KafkaConnection;
  clientId: string;
  log: Logger;
  /**
   * The topics there are; by default the catalogue's. One that is missing at the broker is waited for, since somebody is
   * about to make it; any other is refused at once.
   */
  topics?: readonly string[];
  timeouts?: Partial<ProduceTimeouts>;
  /** How to reach `host:port`; by default directly. */
  socketFactory?: ISocketFactory;
  /** Between attempts at a batch; by default from 50 ms to 2 s. */
  backoff?: { firstMs: number; mostMs: number };
}

/** What the broker says of the records themselves. Whatever concerns the broker, its rights or its state is retried. */
const fatal = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "CORRUPT_MESSAGE",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
  "INVALID_TOPIC_EXCEPTION",
]);

/** The port to Kafka. It starts, and waits, while no broker can be reached. */
export function kafkaPublisher(o: KafkaPublisherOptions): EventPublisher {
  const topics = new Set(o.topics ?? catalogue.map(({ name }) => name));
  const generations = createGenerations({
    kafka: o.kafka,
    clientId: o.clientId,
    timeouts: { ...produceTimeouts, ...o.timeouts },
    socketFactory: o.socketFactory,
  });
  const lanes = createLanes(generations);
  const { firstMs, mostMs } = o.backoff ?? { firstMs: 50, mostMs: 2_000 };

  return {
    async append(topic, partition, records, signal) {
      if (!topics.has(topic)) throw new PoisonRecordError("UNKNOWN_TOPIC_OR_PARTITION");
      for (let attempt = 0; ; attempt++) {
        signal.throwIfAborted();
        try {
          return await abortable(lanes.send(topic, partition, records), signal);
        } catch (error) {
          signal.throwIfAborted();
          const type = typeOf(error);
          if (fatal.has(type)) throw new PoisonRecordError(type, { cause: error });
          if (isPowerOfTwo(attempt + 1)) {
            o.log.warn({ topic, partition, attempt, reason: type }, "send rejected, trying again");
          }
        }
        const most = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 10));
        await sleep(most * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
      }
    },
    async [Symbol.asyncDispose]() {
      await within(3_000, lanes.settled()).catch(() => {});
      await generations[Symbol.asyncDispose]();
    },
  };
}

/** One send at a time per partition, also after an abort: what it left behind is waited for, or it could land later. */
function createLanes(generations: Generations) {
  const last = new Map<string, Promise<void>>();
  return {
    send(topic: string, partition: number, records: readonly EventRecord[]): Promise<void> {
      const lane = `${topic}/${partition}`;
      const before = last.get(lane) ?? Promise.resolve();
      const messages = records.map((record) => ({ ...toMessage(record), partition }));
      const sending = before.catch(() => {}).then(() => generations.send({ topic, messages }, partition));
      const settled = sending
        .catch(() => {})
        .finally(() => {
          if (last.get(lane) === settled) last.delete(lane);
        });
      last.set(lane, settled);
      return sending;
    },
    async settled(): Promise<void> {
      await Promise.all(last.values());
    },
  };
}

function toMessage({ key, value, headers }: EventRecord) {
  return {
    key,
    headers,
    value: value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  };
}

async function abortable<T>(task: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([task, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The protocol's name of the fault, which kafkajs keeps in the cause; else what the error calls itself. */
function typeOf(error: unknown): string {
  let one = error;
  for (let depth = 0; depth < 5 && one instanceof Error; depth++) {
    if ("type" in one && typeof one.type === "string") return one.type;
    one = one.cause ?? ("originalError" in one ? one.originalError : undefined);
  }
  return error instanceof Error ? error.name : "unknown";
}

/** A broker that is away for long is worth a line now and then, not one per attempt and partition. */
function isPowerOfTwo(n: number): boolean {
  return Number.isInteger(Math.log2(n));
}
