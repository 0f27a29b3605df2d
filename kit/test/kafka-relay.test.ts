import net from "node:net";
import { kafkaPublisher } from "@todo/kit/kafka-publisher";
import { startRelay } from "@todo/kit/relay";
import { type StoredRecord, testTopic } from "@todo/kit/testing/kafka";
import { tcpProxy } from "@todo/kit/testing/proxy";
import { expect, it } from "vitest";
import { anEvent, eventBed, recordAll, schema } from "./event-bed.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

it("loses nothing and keeps the order of every key while the broker comes and goes [R056] [R060] [R070]", async () => {
  await using bed = await eventBed();
  await using topic = await testTopic("relay");
  const [host = "", port = ""] = topic.kafka.brokers[0]?.split(":") ?? [];
  await using proxy = await tcpProxy({ host, port: Number(port) }, { open: false });
  await using publisher = kafkaPublisher({
    kafka: topic.kafka,
    clientId: "relay",
    log: bed.log,
    topics: [topic.name],
    timeouts: { connectMs: 500, acksMs: 1_000, requestMs: 1_500, sendMs: 3_000 },
    // The broker names its own address, so the way through the proxy is chosen here.
    socketFactory: ({ onConnect }) => net.connect({ host: "127.0.0.1", port: proxy.port }, onConnect),
  });
  await using relay = await startRelay({
    pool: bed.pool,
    listenUrl: bed.url,
    schema,
    publisher,
    log: bed.log,
  });
  const streams = numbers(20).map((n) => `stream-${n}`);
  const write = async (position: number) => {
    await recordAll(
      bed.database,
      streams.map((stream) => anEvent(stream, position, topic.name)),
    );
    relay.kick();
  };

  // Writes go on while there is no broker; nothing of them is lost.
  for (const position of numbers(5)) await write(position);
  await expect(relay.drained({ timeoutMs: 300 })).rejects.toThrow(/not drained/);
  proxy.mend();
  await relay.drained({ timeoutMs: 30_000 });
  for (const position of numbers(30).map((n) => n + 5)) {
    if (position % 10 === 0) proxy.cut();
    if (position % 10 === 3) proxy.mend();
    await write(position);
  }
  proxy.mend();
  await relay.drained({ timeoutMs: 30_000 });

  const stored = await topic.read();
  for (const stream of streams) expect(firstOccurrences(stored, stream)).toEqual(numbers(35));
  const ids = new Set(stored.map(({ headers }) => headers["ce_id"]));
  expect(ids.size).toBe(20 * 35);
  expect((await bed.pool.query("select 1 from outbox")).rows).toEqual([]);
}, 120_000);

it("parks the stream of a record that the broker refuses for its size, and no other [R066]", async () => {
  await using bed = await eventBed();
  await using topic = await testTopic("poison", { "max.message.bytes": "20000" });
  await using publisher = kafkaPublisher({
    kafka: topic.kafka,
    clientId: "relay",
    log: bed.log,
    topics: [topic.name],
  });
  await using relay = await startRelay({
    pool: bed.pool,
    listenUrl: bed.url,
    schema,
    publisher,
    log: bed.log,
  });
  const large = { ...anEvent("large", 2, topic.name), subject: "x".repeat(30_000) };
  await recordAll(bed.database, [
    anEvent("large", 1, topic.name),
    large,
    anEvent("large", 3, topic.name),
    ...numbers(100).map((n) => anEvent(`small-${n}`, 1, topic.name)),
  ]);
  await relay.drained({ timeoutMs: 30_000 });

  const stored = await topic.read();
  expect(firstOccurrences(stored, "large")).toEqual([1]);
  expect(new Set(stored.map(({ key }) => key)).size).toBe(101);
  const { rows } = await bed.pool.query("select position::int, park_reason from outbox order by position");
  expect(rows).toEqual([
    { position: 2, park_reason: "MESSAGE_TOO_LARGE" },
    { position: 3, park_reason: null },
  ]);
}, 120_000);

/** The positions of a key's events, each where it was stored first. */
function firstOccurrences(stored: readonly StoredRecord[], key: string): number[] {
  const positions = stored
    .filter((record) => record.key === key)
    .map(({ value }) => Number(JSON.parse(value?.toString() ?? "{}").sequence));
  return [...new Set(positions)];
}
