import type { EventPublisher } from "@todo/kit/publisher";
import { startRelay } from "@todo/kit/relay";
import { capturingPublisher } from "@todo/kit/testing/capturing-publisher";
import { tcpProxy } from "@todo/kit/testing/proxy";
import { expect, it, vi } from "vitest";
import { anEvent, type EventBed, eventBed, recordAll, schema } from "./event-bed.ts";

const streams = Array.from({ length: 12 }, (_, n) => `stream-${n}`);

it("keeps the order and doubles no event while two relays believe that they lead [R056] [R064] [R070]", async () => {
  await using bed = await eventBed();
  await using proxy = await tcpProxy(addressOf(bed.url));
  const topic = capturingPublisher();
  const held = Promise.withResolvers<void>();
  let [asked, late] = [0, 0];
  const deafPublisher: EventPublisher = {
    async append(...batch) {
      asked++;
      await held.promise;
      await topic.append(...batch);
      late++;
    },
    async [Symbol.asyncDispose]() {},
  };
  const shared = { pool: bed.pool, schema, log: bed.log } as const;
  const write = (position: number) =>
    recordAll(
      bed.database,
      streams.map((stream) => anEvent(stream, position)),
    );

  // The first relay leads, has rows in its hand, and does not hear that its lead is gone.
  await write(1);
  await write(2);
  const listenUrl = new URL(bed.url);
  listenUrl.host = `127.0.0.1:${proxy.port}`;
  await using _deaf = await startRelay({ ...shared, listenUrl: listenUrl.href, publisher: deafPublisher });
  await vi.waitFor(() => expect(asked).toBeGreaterThan(0), 10_000);
  proxy.silence();
  await endRelays(bed);

  await using other = await startRelay({ ...shared, listenUrl: bed.url, publisher: topic });
  await write(3);
  other.kick();
  await other.drained({ timeoutMs: 20_000 });
  const before = topic.records.length;
  held.resolve();
  await vi.waitFor(() => expect(late).toBe(asked), 10_000);
  expect(topic.records.length).toBeGreaterThan(before);

  // Heard of it, it comes back as one of two.
  proxy.mend();
  await write(4);
  other.kick();
  await other.drained({ timeoutMs: 20_000 });
  for (const stream of streams) expect(firstOccurrences(topic.events(), stream)).toEqual([1, 2, 3, 4]);
  expect(new Set(topic.events().map(({ id }) => id)).size).toBe(streams.length * 4);
}, 60_000);

function addressOf(url: string): { host: string; port: number } {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}

/** Ends the relays' connections from the server's side. */
async function endRelays(bed: EventBed): Promise<void> {
  const { rowCount } = await bed.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'relay ${schema}' and datname = current_database()`);
  expect(rowCount).toBe(1);
}

/** The positions of a stream's events, each where it appeared first. */
function firstOccurrences(events: readonly Record<string, unknown>[], stream: string): number[] {
  const own = events.filter(({ subject }) => subject === stream);
  return [...new Set(own.map(({ sequence }) => Number(sequence)))];
}
