import { clientOf } from "@todo/kit/kafka-connection";
import { kafkaInspector } from "@todo/kit/kafka-inspector";
import { kafkaPublisher } from "@todo/kit/kafka-publisher";
import { createLogger } from "@todo/kit/log";
import { testTopic } from "@todo/kit/testing/kafka";
import kafkajs from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const stack = new AsyncDisposableStack();
let topic: Awaited<ReturnType<typeof testTopic>>;
let inspector: ReturnType<typeof kafkaInspector>;

beforeAll(async () => {
  topic = stack.use(await testTopic("inspected"));
  inspector = kafkaInspector({ kafka: topic.kafka, clientId: topic.name });
  const log = createLogger({ service: "test", level: "silent" });
  await using publisher = kafkaPublisher({
    kafka: topic.kafka,
    clientId: "test",
    log,
    topics: [topic.name],
  });
  const signal = AbortSignal.timeout(20_000);
  const append = (partition: number, values: string[]) =>
    publisher.append(
      topic.name,
      partition,
      values.map((value) => ({ key: "k", value: Buffer.from(value), headers: {} })),
      signal,
    );
  await append(3, ["a", "b", "c"]);
  await append(7, ["d"]);
});
afterAll(() => stack.disposeAsync());

describe("the inspector of a cluster", () => {
  it("counts what a group has not taken, all of it if the group took nothing", async () => {
    const groupId = `inspected-${topic.name}`;
    const nothing = { topic: topic.name, lag: 4n, slowestPartition: 3, slowestLag: 3n };
    expect(await inspector.lagOf(groupId, [topic.name])).toEqual([nothing]);

    const admin = new kafkajs.Kafka({ ...clientOf(topic.kafka), logLevel: 0 }).admin();
    await admin.connect();
    stack.defer(async () => {
      await admin.deleteGroups([groupId]);
      await admin.disconnect();
    });
    const partitions = [
      { partition: 3, offset: "3" },
      { partition: 7, offset: "0" },
    ];
    await admin.setOffsets({ groupId, topic: topic.name, partitions });
    const some = { topic: topic.name, lag: 1n, slowestPartition: 7, slowestLag: 1n };
    expect(await inspector.lagOf(groupId, [topic.name])).toEqual([some]);
  });

  it("reads one record by its place, and leaves no group behind", async () => {
    expect(Buffer.from((await inspector.valueAt(topic.name, 3, 1n)) ?? "").toString()).toBe("b");
    const admin = new kafkajs.Kafka({ ...clientOf(topic.kafka), logLevel: 0 }).admin();
    await admin.connect();
    const { groups } = await admin.listGroups();
    await admin.disconnect();
    expect(
      groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(`${topic.name}-inspector`)),
    ).toEqual([]);
  });

  it("knows no record that was never written", async () => {
    expect(await inspector.valueAt(topic.name, 3, 3n)).toBeUndefined();
    expect(await inspector.valueAt(topic.name, 50, 0n)).toBeUndefined();
  });
});
