import type { JsonObject } from "@bufbuild/protobuf";
import { renderMetrics } from "@todo/kit/metrics";
import { partitionOf } from "@todo/kit/partition";
import { PoisonRecordError } from "@todo/kit/publisher";
import { type Relay, type RelayOptions, releaseStream, startRelay } from "@todo/kit/relay";
import { type CapturingPublisher, capturingPublisher } from "@todo/kit/testing/capturing-publisher";
import { tcpProxy } from "@todo/kit/testing/proxy";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { anEvent, type EventBed, eventBed, recordAll, schema } from "./event-bed.ts";

let bed: EventBed;
let publisher: CapturingPublisher;
const relays: Relay[] = [];

beforeEach(async () => {
  bed = await eventBed();
  publisher = capturingPublisher();
});
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay[Symbol.asyncDispose]();
  await bed[Symbol.asyncDispose]();
});

async function start(o: Partial<RelayOptions> = {}): Promise<Relay> {
  const relay = await startRelay({
    pool: bed.pool,
    listenUrl: bed.url,
    schema,
    publisher,
    log: bed.log,
    pollMs: 300,
    ...o,
  });
  relays.push(relay);
  return relay;
}

/** What was published, as positions per stream, repetitions left out. */
function published(from: CapturingPublisher = publisher): Record<string, number[]> {
  const streams: Record<string, number[]> = {};
  const seen = new Set<unknown>();
  for (const event of from.events()) {
    if (seen.has(event["id"])) continue;
    seen.add(event["id"]);
    append(streams, String(event["subject"]), Number(event["sequence"]));
  }
  return streams;
}

function append(streams: Record<string, number[]>, stream: string, ...positions: number[]): void {
  streams[stream] = [...(streams[stream] ?? []), ...positions];
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("a relay", () => {
  it("sends what waits and what comes, and leaves nothing behind [R045]", async () => {
    await recordAll(bed.database, [anEvent("a", 1), anEvent("b", 1)]);
    const relay = await start();
    await relay.drained();
    await recordAll(bed.database, [anEvent("a", 2)]);
    relay.kick();
    await relay.drained();

    expect(published()).toEqual({ a: [1, 2], b: [1] });
    expect((await bed.pool.query("select 1 from outbox")).rows).toEqual([]);
    await vi.waitFor(() => expect(relay.depth()).toBe(0), 10_000);
  });

  it("finds rows that nobody told it of, within its poll", async () => {
    await start({ pollMs: 50 });
    await vi.waitFor(async () => expect(await shardsHeld()).toEqual([64]), 10_000);
    await recordAll(bed.database, [anEvent("quiet", 1)]);
    await vi.waitFor(() => expect(published()).toEqual({ quiet: [1] }), 10_000);
  });

  it("is woken by a kick in another process", async () => {
    const patient = { pollMs: 60_000, rebalanceMs: 60_000 };
    await start(patient);
    await vi.waitFor(async () => expect(await shardsHeld()).toEqual([64]), 10_000);
    const withoutShards = await start(patient);
    await recordAll(bed.database, [anEvent("elsewhere", 1)]);
    withoutShards.kick();
    await vi.waitFor(() => expect(published()).toEqual({ elsewhere: [1] }), 10_000);
  });

  it("keeps the order of a stream by position, not by the order of insertion [R056]", async () => {
    await recordAll(bed.database, [anEvent("s", 3), anEvent("s", 1), anEvent("s", 2)]);
    await (await start()).drained();
    expect(published()).toEqual({ s: [1, 2, 3] });
  });

  it("keeps the order of every stream while many writers record and repetitions happen [R056]", async () => {
    let failures = 0;
    publisher.before = () => {
      if (++failures % 7 === 0) throw new Error("the broker hiccups");
    };
    const relay = await start();
    const writers = numbers(8).map(async (writer) => {
      for (const position of numbers(40)) {
        await recordAll(bed.database, [
          anEvent(`stream-${writer}`, position),
          anEvent(`pair-${writer}`, position),
        ]);
        relay.kick();
      }
    });
    await Promise.all(writers);
    await relay.drained({ timeoutMs: 30_000 });

    const streams = published();
    expect(Object.keys(streams)).toHaveLength(16);
    for (const positions of Object.values(streams)) expect(positions).toEqual(numbers(40));
    expect(failures).toBeGreaterThan(7);
  });

  it("sends any interleaving of streams in order per stream, once [R056]", async () => {
    const relay = await start();
    const interleaving = fc.array(
      fc.record({ stream: fc.integer({ min: 0, max: 6 }), events: fc.integer({ min: 1, max: 5 }) }),
      { minLength: 1, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(interleaving, fc.infiniteStream(fc.boolean()), async (transactions, kicks) => {
        publisher.records.length = 0;
        const expected: Record<string, number[]> = {};
        for (const { stream, events } of transactions) {
          const before = expected[`s${stream}`]?.length ?? 0;
          const next = numbers(events).map((n) => before + n);
          append(expected, `s${stream}`, ...next);
          await recordAll(
            bed.database,
            next.map((position) => anEvent(`s${stream}`, position)),
          );
          if (kicks.next().value) relay.kick();
        }
        await relay.drained();
        expect(published()).toEqual(expected);
        expect(publisher.events()).toHaveLength(Object.values(expected).flat().length);
      }),
      { numRuns: 25 },
    );
  });

  it("sends the few events of a user before the last of another's many, which were written earlier", async () => {
    const ofUser = (userId: string, stream: string, position: number) => ({
      ...anEvent(stream, position),
      userId,
    });
    const streams = numbers(200).map((n) => `a${n}`);
    const flood = streams.flatMap((stream) => numbers(10).map((n) => ofUser("a", stream, n)));
    await recordAll(bed.database, flood);
    const few = numbers(9).map((n) => `b${n}`);
    await recordAll(
      bed.database,
      few.map((user) => ofUser(user, user, 1)),
    );
    const relay = await start({ shares: { rows: 100, windowMs: 20 } });
    await relay.drained({ timeoutMs: 30_000 });
    const sent = publisher.events().map((event) => String(event["userid"]));
    expect(sent).toHaveLength(2_009);
    for (const user of few)
      expect(sent.slice(sent.indexOf(user)).filter((one) => one === "a").length).toBeGreaterThan(1_000);
    for (const stream of streams) expect(published()[stream]).toEqual(numbers(10));
  });

  it("gives shares of a stream in its order, however long it is", async () => {
    const many = numbers(450).map((n) => ({ ...anEvent("long", n), userId: "a" }));
    await recordAll(bed.database, many);
    const relay = await start({ shares: { rows: 30, windowMs: 10 } });
    await relay.drained({ timeoutMs: 30_000 });
    expect(published()).toEqual({ long: numbers(450) });
  });

  it("goes on with other partitions while one waits for its broker", async () => {
    const stuck = Promise.withResolvers<void>();
    const partitionOfStuck = partitionOf("stuck");
    publisher.before = (_, partition) => (partition === partitionOfStuck ? stuck.promise : undefined);
    const relay = await start();
    await recordAll(bed.database, [anEvent("stuck", 1)]);
    relay.kick();
    const others = numbers(30)
      .map((n) => `other-${n}`)
      .filter((key) => partitionOf(key) !== partitionOfStuck);
    await recordAll(
      bed.database,
      others.map((key) => anEvent(key, 1)),
    );
    relay.kick();
    await vi.waitFor(() => expect(Object.keys(published())).toHaveLength(others.length), 10_000);
    expect(published()).not.toHaveProperty("stuck");
    stuck.resolve();
    await relay.drained();
    expect(published()).toHaveProperty("stuck", [1]);
  });

  it("parks the stream of a record that the broker refuses, and no other [R066]", async () => {
    const poison = (event: JsonObject) => event["subject"] === "poisoned" && event["sequence"] === "2";
    publisher.before = (_topic, _partition, records) => {
      if (records.some(({ value }) => poison(JSON.parse(Buffer.from(value ?? "{}").toString())))) {
        throw new PoisonRecordError("MESSAGE_TOO_LARGE");
      }
    };
    await recordAll(
      bed.database,
      numbers(4).map((n) => anEvent("poisoned", n)),
    );
    await recordAll(
      bed.database,
      numbers(200).map((n) => anEvent(`fine-${n % 40}`, n)),
    );
    const relay = await start();
    await relay.drained();

    expect(published()["poisoned"]).toEqual([1]);
    expect(Object.values(published()).flat()).toHaveLength(201);
    const { rows } = await bed.pool.query(
      "select position::int, park_reason, attempts from outbox order by position",
    );
    expect(rows).toEqual([
      { position: 2, park_reason: "MESSAGE_TOO_LARGE", attempts: 1 },
      { position: 3, park_reason: null, attempts: 0 },
      { position: 4, park_reason: null, attempts: 0 },
    ]);

    publisher.before = () => {};
    expect(await releaseStream(bed.pool, "poisoned")).toBe(1);
    relay.kick();
    await relay.drained();
    expect(published()["poisoned"]).toEqual([1, 2, 3, 4]);
  });

  it("tells how many rows wait, for how long, and how many streams are held back", async () => {
    publisher.before = () => {
      throw new PoisonRecordError("INVALID_RECORD");
    };
    await recordAll(bed.database, [anEvent("m1", 1), anEvent("m1", 2), anEvent("m2", 1)]);
    const relay = await start();
    await relay.drained();
    await vi.waitFor(async () => {
      const metrics = await renderMetrics();
      expect(metrics).toMatch(/^outbox_depth\{schema="audit"[^}]*\} 3$/m);
      expect(metrics).toMatch(/^outbox_parked_streams\{schema="audit"[^}]*\} 2$/m);
      expect(metrics).toMatch(/^outbox_age_seconds\{schema="audit"[^}]*\} [\d.]+$/m);
    }, 10_000);
    expect(relay.depth()).toBe(3);
  });

  it("begins anew when its connection is killed, and loses nothing [R070]", async () => {
    const relay = await start();
    await vi.waitFor(async () => expect(await shardsHeld()).toEqual([64]), 10_000);
    let killed = 0;
    for (const position of numbers(20)) {
      await recordAll(bed.database, [anEvent("survivor", position)]);
      relay.kick();
      if (position % 5 === 0) killed += await killRelays();
    }
    await relay.drained({ timeoutMs: 20_000 });
    expect(killed).toBeGreaterThan(0);
    expect(published()["survivor"]).toEqual(numbers(20));
  });

  it("starts while Postgres is away, and works once it is there [R070]", async () => {
    const url = new URL(bed.url);
    await using proxy = await tcpProxy({ host: url.hostname, port: Number(url.port) }, { open: false });
    url.port = String(proxy.port);
    const relay = await start({ listenUrl: url.href });
    await recordAll(bed.database, [anEvent("patient", 1)]);
    relay.kick();
    await expect(relay.drained({ timeoutMs: 500 })).rejects.toThrow(/not drained/);
    proxy.mend();
    await relay.drained({ timeoutMs: 20_000 });
    expect(published()).toEqual({ patient: [1] });
  });

  it("repeats what was sent but not deleted when it fails in between", async () => {
    let failures = 0;
    const failpoints = {
      hit: (name: string) => {
        if (name === "relay.after-send-before-delete" && ++failures <= 2) throw new Error("failpoint");
      },
    };
    await recordAll(
      bed.database,
      numbers(3).map((n) => anEvent("repeated", n)),
    );
    const relay = await start({ failpoints });
    await relay.drained();
    expect(publisher.events()).toHaveLength(9);
    expect(published()).toEqual({ repeated: [1, 2, 3] });
  });

  it("finishes the batch in flight when it stops, and takes no other", async () => {
    const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    publisher.before = () => {
      begun.resolve();
      return held.promise;
    };
    const relay = await start({ graceMs: 60_000 });
    await recordAll(bed.database, [anEvent("last", 1)]);
    relay.kick();
    await begun.promise;
    const stopped = relay[Symbol.asyncDispose]();
    await recordAll(bed.database, [anEvent("later", 1)]);
    held.resolve();
    await stopped;
    expect(published()).toEqual({ last: [1] });
    const { rows } = await bed.pool.query("select stream_id from outbox");
    expect(rows).toEqual([{ stream_id: "later" }]);
  });

  it("abandons a batch that the broker does not answer in time when it stops, and keeps its rows", async () => {
    const begun = Promise.withResolvers<void>();
    publisher.append = (_topic, _partition, _records, signal) => {
      begun.resolve();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const relay = await start({ graceMs: 50 });
    await recordAll(bed.database, [anEvent("abandoned", 1)]);
    relay.kick();
    await begun.promise;
    await relay[Symbol.asyncDispose]();
    const { rows } = await bed.pool.query("select stream_id from outbox");
    expect(rows).toEqual([{ stream_id: "abandoned" }]);
  });
});

describe("several relays", () => {
  it("share the shards, and each stream stays in order as they come and go [R056]", async () => {
    const publishers = [publisher, capturingPublisher(), capturingPublisher()];
    const order: Record<string, number[]> = {};
    for (const one of publishers) {
      one.before = (_topic, _partition, records) => {
        for (const { value } of records) {
          const event = JSON.parse(Buffer.from(value ?? "").toString());
          append(order, event.subject, Number(event.sequence));
        }
      };
    }
    const first = await start();
    await vi.waitFor(async () => expect(await shardsHeld()).toEqual([64]), 10_000);
    const others = await Promise.all(publishers.slice(1).map((one) => start({ publisher: one })));
    await vi.waitFor(async () => expect(await share()).toEqual({ relays: 3, shards: 64, most: 22 }), 15_000);

    const streams = numbers(40).map((n) => `shared-${n}`);
    for (const position of numbers(5)) {
      await recordAll(
        bed.database,
        streams.map((stream) => anEvent(stream, position)),
      );
      first.kick();
    }
    await first.drained({ timeoutMs: 20_000 });
    for (const one of publishers) expect(one.records.length).toBeGreaterThan(0);

    await others[0]?.[Symbol.asyncDispose]();
    await vi.waitFor(async () => expect(await share()).toEqual({ relays: 2, shards: 64, most: 32 }), 15_000);
    await recordAll(
      bed.database,
      streams.map((stream) => anEvent(stream, 6)),
    );
    await first.drained({ timeoutMs: 20_000 });
    for (const stream of streams) expect([...new Set(order[stream])]).toEqual(numbers(6));
  }, 60_000);
});

/** How many shards each relay leads. */
async function shardsHeld(): Promise<number[]> {
  const { rows } = await bed.pool.query(`select count(*)::int as count from pg_locks
    where locktype = 'advisory' and objsubid = 2 and objid < 64 and granted
      and database = (select oid from pg_database where datname = current_database()) group by pid`);
  return rows.map(({ count }) => count);
}

/** How evenly the shards are led: who is left with fewer than the most depends on who asks first. */
async function share(): Promise<{ relays: number; shards: number; most: number }> {
  const held = await shardsHeld();
  return { relays: held.length, shards: held.reduce((sum, one) => sum + one, 0), most: Math.max(...held) };
}

/** Ends the relays' connections from the server's side, and says how many there were. */
async function killRelays(): Promise<number> {
  const { rowCount } = await bed.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'relay ${schema}' and datname = current_database()`);
  return rowCount ?? 0;
}
