import { randomUUID } from "node:crypto";
import { clientOf } from "@todo/kit/kafka-connection";
import { kafkaPublisher } from "@todo/kit/kafka-publisher";
import { createLogger } from "@todo/kit/log";
import { testTopic } from "@todo/kit/testing/kafka";
import kafkajs from "kafkajs";
import { expect, inject, it, vi } from "vitest";

const log = createLogger({ service: "test", level: "silent" });
const record = { key: "k", value: Buffer.from("v"), headers: {} };
const never = new AbortController().signal;

it("goes on to the next broker of its list when the first cannot be reached", async () => {
  await using topic = await testTopic("rotate");
  const dead = ["127.0.0.1:1", "127.0.0.1:2"];
  await using publisher = kafkaPublisher({
    kafka: { ...topic.kafka, brokers: [...dead, ...topic.kafka.brokers] },
    clientId: "rotate",
    log,
    topics: [topic.name],
  });
  for (let partition = 0; partition < 3; partition++) {
    await publisher.append(topic.name, partition, [record], never);
  }
  expect((await topic.read()).map(({ partition }) => partition)).toEqual([0, 1, 2]);
});

it("waits for a topic of the catalogue that is not there yet", async () => {
  const connection = inject("kafka");
  const name = `late.${randomUUID()}`;
  const lines: string[] = [];
  await using publisher = kafkaPublisher({
    kafka: connection,
    clientId: "late",
    log: createLogger({ service: "test", destination: { write: (line) => lines.push(line) } }),
    topics: [name],
    // A broker that is slow to connect would be another reason to wait.
    timeouts: { connectMs: 10_000 },
    backoff: { firstMs: 20, mostMs: 100 },
  });
  const appended = publisher.append(name, 4, [record], never);
  await vi.waitFor(() => expect(lines.length).toBeGreaterThan(2), 10_000);
  for (const line of lines) expect(line).toContain("UNKNOWN_TOPIC_OR_PARTITION");

  const kafka = new kafkajs.Kafka({ clientId: "late", ...clientOf(connection), logLevel: 0 });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic: name, numPartitions: 12 }], waitForLeaders: true });
    await appended;
    await vi.waitFor(async () => {
      const offsets = await admin.fetchTopicOffsets(name);
      expect(offsets.find(({ partition }) => partition === 4)?.high).toBe("1");
    }, 10_000);
  } finally {
    await admin.deleteTopics({ topics: [name] });
    await admin.disconnect();
  }
});

it("gives up at once when it is aborted while no broker can be reached", async () => {
  await using publisher = kafkaPublisher({
    kafka: { brokers: ["127.0.0.1:1"] },
    clientId: "aborted",
    log,
    topics: ["t"],
  });
  const stop = new AbortController();
  const reason = new Error("enough");
  const appended = publisher.append("t", 0, [record], stop.signal);
  setTimeout(() => stop.abort(reason), 50);
  await expect(appended).rejects.toBe(reason);
});
