import kafkajs, { type ISocketFactory, type Producer, type ProducerRecord } from "kafkajs";
import { clientOf, type KafkaConnection } from "./kafka-connection.ts";
import { quietTimers } from "./kafkajs-timer.ts";
import { producerGenerations } from "./relay/metrics.ts";
import { within } from "./within.ts";

const { Kafka, logLevel } = kafkajs;

/** The broker gives a batch up before the client does, and the client before we do. */
export interface ProduceTimeouts {
  connectMs: number;
  acksMs: number;
  requestMs: number;
  /** For a send that never settles. */
  sendMs: number;
}

export const produceTimeouts: ProduceTimeouts = {
  connectMs: 2_000,
  acksMs: 5_000,
  requestMs: 8_000,
  sendMs: 16_000,
};

/** One kafkajs producer, used until its first rejected send and never after. */
interface Generation {
  producer: Producer;
  ready: Promise<void>;
  users: number;
  retired: boolean;
}

export interface Generations extends AsyncDisposable {
  /** One attempt at one batch of one partition; settles within `sendMs`. Rejects if it is not proved to be stored. */
  send(record: Omit<ProducerRecord, "acks" | "timeout">, partition: number): Promise<void>;
}

/**
 * kafkajs in the form in which it lost nothing when leaders died, froze or moved: not idempotent, `acks` -1, no retries
 * of its own, one partition per send, the result checked, and the producer thrown away after any rejection, since its
 * connections and metadata may no longer be the broker's. Other partitions finish on it; the last one disconnects it.
 */
export function createGenerations(o: {
  kafka: KafkaConnection;
  clientId: string;
  timeouts: ProduceTimeouts;
  socketFactory: ISocketFactory | undefined;
}): Generations {
  quietTimers();
  const kafka = new Kafka({
    clientId: o.clientId,
    ...clientOf(o.kafka),
    brokers: rotating(o.kafka.brokers),
    logLevel: logLevel.NOTHING,
    connectionTimeout: o.timeouts.connectMs,
    requestTimeout: o.timeouts.requestMs,
    enforceRequestTimeout: true,
    retry: { retries: 0 },
    ...(o.socketFactory === undefined ? {} : { socketFactory: o.socketFactory }),
  });
  let current: Generation | undefined;

  function acquire(): Generation {
    if (current === undefined) {
      const producer = kafka.producer({
        idempotent: false,
        allowAutoTopicCreation: false,
        retry: { retries: 0 },
        metadataMaxAge: 60_000,
        createPartitioner: () => partitionAsSaid,
      });
      current = { producer, ready: producer.connect(), users: 0, retired: false };
      current.ready.catch(() => {});
      producerGenerations.add(1);
    }
    current.users++;
    return current;
  }

  function release(generation: Generation): void {
    if (--generation.users === 0 && generation.retired) void disconnect(generation.producer);
  }

  function retire(generation: Generation): void {
    if (current === generation) current = undefined;
    generation.retired = true;
  }

  return {
    async send(record, partition) {
      const generation = acquire();
      try {
        await within(o.timeouts.sendMs, store(generation, record, partition, o.timeouts.acksMs));
      } catch (error) {
        retire(generation);
        throw error;
      } finally {
        release(generation);
      }
    },
    async [Symbol.asyncDispose]() {
      const last = current;
      if (last === undefined) return;
      retire(last);
      if (last.users === 0) await disconnect(last.producer);
    },
  };
}

/**
 * kafkajs begins at the first broker of its list and, without retries, never tries the next. A list that rotates gives
 * each generation another first one.
 */
function rotating(brokers: readonly string[]): () => string[] {
  let turn = Math.floor(Math.random() * brokers.length);
  return () => {
    const first = turn++ % brokers.length;
    return [...brokers.slice(first), ...brokers.slice(0, first)];
  };
}

function partitionAsSaid({ message }: { message: { partition?: number } }): number {
  if (message.partition === undefined) throw new Error("a record needs its partition");
  return message.partition;
}

/** A send that lost records resolves without naming their partition, so only its answer is proof. */
async function store(
  { producer, ready }: Generation,
  record: Omit<ProducerRecord, "acks" | "timeout">,
  partition: number,
  acksMs: number,
): Promise<void> {
  await ready;
  const stored = await producer.send({ ...record, acks: -1, timeout: acksMs });
  const [first] = stored;
  const proved =
    stored.length === 1 &&
    first?.topicName === record.topic &&
    first.partition === partition &&
    first.errorCode === 0 &&
    Number(first.baseOffset ?? -1) >= 0;
  if (!proved) throw new Error(`the broker's answer is no proof that ${record.topic}/${partition} is stored`);
}

/** Bounded: what a broken connection does with a goodbye is of no interest. */
async function disconnect(producer: Producer): Promise<void> {
  await within(2_000, producer.disconnect()).catch(() => {});
}
