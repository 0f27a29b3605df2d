import { spawn } from "node:child_process";
import { once } from "node:events";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { type TestTopic, testTopic } from "@todo/kit/testing/kafka";
import { expect, it, vi } from "vitest";
import { anEvent, type EventBed, eventBed, recordAll, schema } from "./event-bed.ts";

const child = fileURLToPath(new URL("relay-kill.child.ts", import.meta.url));
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

function startChild(bed: EventBed, topic: TestTopic, failpoints: string) {
  const options = { url: bed.url, schema, kafka: topic.kafka, topic: topic.name, failpoints };
  const relay = spawn(execPath, [child], { stdio: ["pipe", "ignore", "inherit"] });
  relay.stdin.write(JSON.stringify(options));
  return relay;
}

it("loses nothing and keeps the order when relays are killed before and after their sends [R056] [R070]", async () => {
  await using bed = await eventBed();
  await using topic = await testTopic("kill");
  const streams = numbers(15).map((n) => `stream-${n}`);
  let position = 0;
  const write = () => {
    position++;
    return recordAll(
      bed.database,
      streams.map((stream) => anEvent(stream, position, topic.name)),
    );
  };

  for (const point of [
    "relay.before-send",
    "relay.after-send-before-delete",
    "relay.after-send-before-delete",
  ]) {
    for (const _ of numbers(4)) await write();
    const relay = startChild(bed, topic, `${point}=kill`);
    const [, signal] = await once(relay, "exit");
    expect(signal).toBe("SIGKILL");
  }
  await write();
  const last = startChild(bed, topic, "");
  await vi.waitFor(async () => expect((await bed.pool.query("select 1 from outbox")).rows).toEqual([]), {
    timeout: 30_000,
    interval: 50,
  });
  last.kill("SIGKILL");
  await once(last, "exit");

  const stored = await topic.read();
  for (const stream of streams) {
    const sequences = stored
      .filter(({ key }) => key === stream)
      .map(({ value }) => Number(JSON.parse(value?.toString() ?? "{}").sequence));
    expect([...new Set(sequences)]).toEqual(numbers(position));
  }
  // The kills after a send are what made records twice: without any, the points were not where they say.
  expect(stored.length).toBeGreaterThan(streams.length * position);
}, 120_000);
