import { randomBytes } from "node:crypto";
import { kafkaPublisher } from "@todo/kit/kafka-publisher";
import { createLogger } from "@todo/kit/log";
import { createMemoryBus } from "@todo/kit/memory-bus";
import { type EventPublisher, PoisonRecordError } from "@todo/kit/publisher";
import { testTopic } from "@todo/kit/testing/kafka";
import { describe, expect, it } from "vitest";

const log = createLogger({ service: "test", level: "silent" });

interface Stored {
  partition: number;
  key: string;
  value: string | null;
  headers: Record<string, string>;
}

interface Bed extends AsyncDisposable {
  publisher: EventPublisher;
  topic: string;
  stored(): Promise<Stored[]>;
}

const adapters: Record<string, () => Promise<Bed>> = {
  async "the memory bus"() {
    const bus = createMemoryBus({ topics: [{ name: "contract", partitions: 12 }] });
    return {
      publisher: bus.publisher,
      topic: "contract",
      stored: async () =>
        Array.from({ length: 12 }, (_, partition) =>
          bus.records("contract", partition).map(({ key, value, headers }) => ({
            partition,
            key,
            value: value === null ? null : Buffer.from(value).toString(),
            headers: { ...headers },
          })),
        ).flat(),
      [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
    };
  },
  async Kafka() {
    const topic = await testTopic("contract");
    const publisher = kafkaPublisher({
      kafka: topic.kafka,
      clientId: "contract",
      log,
      topics: [topic.name],
    });
    return {
      publisher,
      topic: topic.name,
      stored: async () =>
        (await topic.read()).map(({ partition, key, value, headers }) => ({
          partition,
          key,
          value: value?.toString() ?? null,
          headers,
        })),
      async [Symbol.asyncDispose]() {
        await publisher[Symbol.asyncDispose]();
        await topic[Symbol.asyncDispose]();
      },
    };
  },
};

const record = (key: string, text: string) => ({
  key,
  value: Buffer.from(text),
  headers: { "content-type": "application/cloudevents+json", ce_id: text },
});
const never = new AbortController().signal;

describe.each(Object.entries(adapters))("%s as a publisher", (_name, open) => {
  it("stores records at the end of the named partition, in order, byte for byte", async () => {
    await using bed = await open();
    await bed.publisher.append(bed.topic, 3, [record("k", "1 ü 𝕏"), record("l", "2")], never);
    await bed.publisher.append(bed.topic, 3, [record("k", "3")], never);
    await bed.publisher.append(bed.topic, 11, [record("m", "4")], never);
    expect(await bed.stored()).toEqual(
      [
        { partition: 3, ...record("k", "1 ü 𝕏") },
        { partition: 3, ...record("l", "2") },
        { partition: 3, ...record("k", "3") },
        { partition: 11, ...record("m", "4") },
      ].map((stored) => ({ ...stored, value: stored.value.toString() })),
    );
  });

  it("takes appends to many partitions at once and keeps the order of each", async () => {
    await using bed = await open();
    const partitions = Array.from({ length: 12 }, (_, partition) => partition);
    const texts = Array.from({ length: 10 }, (_, i) => `${i}`);
    await Promise.all(
      partitions.flatMap((partition) =>
        texts.map((text) => bed.publisher.append(bed.topic, partition, [record("k", text)], never)),
      ),
    );
    const stored = await bed.stored();
    for (const partition of partitions) {
      expect(stored.filter((one) => one.partition === partition).map(({ value }) => value)).toEqual(texts);
    }
  });

  it("stores a tombstone as a record without a value", async () => {
    await using bed = await open();
    await bed.publisher.append(bed.topic, 0, [{ key: "gone", value: null, headers: {} }], never);
    expect(await bed.stored()).toEqual([{ partition: 0, key: "gone", value: null, headers: {} }]);
  });

  it("refuses what no retry cures: a topic that does not exist, a record that is too large", async () => {
    await using bed = await open();
    await expect(bed.publisher.append("no.such.topic", 0, [record("k", "1")], never)).rejects.toBeInstanceOf(
      PoisonRecordError,
    );
    const large = record("k", randomBytes(1_200_000).toString("hex"));
    await expect(bed.publisher.append(bed.topic, 0, [large], never)).rejects.toMatchObject({
      name: "PoisonRecordError",
      type: "MESSAGE_TOO_LARGE",
    });
    await bed.publisher.append(bed.topic, 0, [record("k", "after")], never);
    expect((await bed.stored()).map(({ value }) => value)).toEqual(["after"]);
  });

  it("stores nothing once it was aborted", async () => {
    await using bed = await open();
    const reason = new Error("enough");
    await expect(
      bed.publisher.append(bed.topic, 0, [record("k", "1")], AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
    expect(await bed.stored()).toEqual([]);
  });
});
