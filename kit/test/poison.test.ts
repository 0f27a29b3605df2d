import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { encodeCloudEvent } from "@todo/kit/cloud-event";
import type { AnyKysely } from "@todo/kit/database";
import type { DomainEvent } from "@todo/kit/event";
import { kafkaPublisher } from "@todo/kit/kafka-publisher";
import { partitionOf } from "@todo/kit/partition";
import type { EventPublisher, EventRecord } from "@todo/kit/publisher";
import { createSubscriber, once, onceRaw, type Subscriber } from "@todo/kit/subscribe";
import { type TestTopic, testTopic } from "@todo/kit/testing/kafka";
import { UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Delivered, deliverAll } from "./delivering.ts";
import { type EventBed, eventBed } from "./event-bed.ts";

const goodKeys = names("good", 100);
const brokenKeys = names("broken", 50);
const [goodPerKey, brokenPerKey, unreadable] = [20, 10, 500];

const stack = new AsyncDisposableStack();
const state = { broken: true };
let bed: EventBed;
let topic: TestTopic;
let deadLetters: TestTopic;
let publisher: EventPublisher;
let subscriber: Subscriber;

beforeAll(async () => {
  bed = stack.use(await eventBed());
  topic = stack.use(await testTopic("poison"));
  deadLetters = stack.use(await testTopic("poison.dlq"));
  const topics = [topic.name, deadLetters.name];
  publisher = stack.use(kafkaPublisher({ kafka: topic.kafka, clientId: "test", log: bed.log, topics }));
  subscriber = createSubscriber({
    app: "audit",
    database: bed.database,
    subscriptions: {
      [topic.name]: [once(UserErasedSchema, takeOrFail)],
      [deadLetters.name]: [onceRaw((record, tx) => note(tx, record.id, "unreadable"))],
    },
    log: bed.log,
    backoffMs: 1,
  });
  await publish(shuffled([...goodEvents(), ...brokenEvents(), ...unreadableRecords()]));
});
afterAll(() => stack.disposeAsync());

describe("1,000 poison events among good ones", () => {
  it("hold up no good key, and each is kept with its reason [R064, R065, R066, R070]", async () => {
    const delivered = await deliverTopic(topic);
    expect(delivered).toMatchObject({ records: 3_000, dropped: unreadable });
    expect(delivered.mostAtOnce).toBeLessThanOrEqual(6);
    expect(bed.pool.totalCount).toBeLessThanOrEqual(8);

    expect(await notesOf(goodKeys)).toEqual(inOrder(goodKeys, goodPerKey));
    expect(await notesOf(brokenKeys)).toEqual(inOrder(brokenKeys, 0));
    const { rows } = await bed.pool.query(
      `select count(*)::int as parked, count(*) filter (where attempts = 3 and reason ~ '^TypeError at')::int as failed,
         count(*) filter (where reason = 'an earlier event of its key is parked')::int as behind from parked`,
    );
    const [parked, failed] = [brokenKeys.length * brokenPerKey, brokenKeys.length];
    expect(rows).toEqual([{ parked, failed, behind: parked - failed }]);
    const letters = await bed.pool.query(
      "select key from outbox where topic = 'task.events.dlq' order by key",
    );
    expect(letters.rows.map(({ key }) => key)).toEqual(brokenKeys.toSorted());
  }, 180_000);

  it("are taken once each as what a sidecar gave up, byte for byte", async () => {
    expect(await deliverTopic(deadLetters)).toMatchObject({ records: unreadable, dropped: 0 });
    const { rows } = await bed.pool.query(
      "select count(*)::int, count(distinct event_id)::int as ids from effect where note = 'unreadable'",
    );
    expect(rows).toEqual([{ count: unreadable, ids: unreadable }]);
    const kept = (await deadLetters.read()).map(({ value }) => value?.toString("latin1") ?? null);
    const sent = unreadableRecords().map(({ value }) => value && Buffer.from(value).toString("latin1"));
    expect(kept.map(String).sort()).toEqual(sent.map(String).sort());
  });

  it("come to their effects once each and in order when their consumer is repaired and the keys are redriven, while more arrives [R066]", async () => {
    state.broken = false;
    const late = brokenKeys.map((key) => eventOf(key, brokenPerKey));
    const arriving = (async () => {
      for (const record of late) await subscriber.deliver({ ...record, ...placeOf(record) });
    })();
    await Promise.all(brokenKeys.map((key) => subscriber.redrive(key)));
    await arriving;
    for (const key of brokenKeys) await subscriber.redrive(key);
    expect(await notesOf(brokenKeys)).toEqual(inOrder(brokenKeys, brokenPerKey + 1));
    expect((await bed.pool.query("select from parked")).rowCount).toBe(0);
  });

  it("and all others change nothing when everything is delivered again [R064]", async () => {
    const before = await bed.pool.query("select count(*)::int from effect where note <> 'unreadable'");
    expect(await deliverTopic(topic)).toMatchObject({ records: 3_000, dropped: unreadable });
    expect((await bed.pool.query("select from parked")).rowCount).toBe(0);
    const after = await bed.pool.query("select count(*)::int from effect where note <> 'unreadable'");
    expect(after.rows).toEqual(before.rows);
  }, 180_000);
});

function deliverTopic(from: TestTopic): Promise<Delivered> {
  const { kafka, name } = from;
  return deliverAll({
    kafka,
    topic: name,
    deadLetterTopic: deadLetters.name,
    publisher,
    subscriber,
  });
}

const base = 1_800_000_000_000;

async function takeOrFail(event: DomainEvent, tx: AnyKysely): Promise<void> {
  await note(tx, event.id, `${event.key}:${event.time.getTime() - base}`);
  if (state.broken && event.key.startsWith("broken")) throw new TypeError("cannot take it yet");
}

async function note(tx: AnyKysely, eventId: string, text: string): Promise<void> {
  await sql`insert into effect (event_id, note) values (${eventId}, ${text})`.execute(tx);
}

/** The numbers of the events whose effects are there, by key and in the order of the effects. */
async function notesOf(keys: readonly string[]): Promise<Map<string, number[]>> {
  const { rows } = await bed.pool.query("select note from effect where note <> 'unreadable' order by seq");
  const found = new Map(keys.map((key) => [key, [] as number[]]));
  for (const { note: text } of rows) {
    const [key, number] = text.split(":");
    found.get(key)?.push(Number(number));
  }
  return found;
}

function inOrder(keys: readonly string[], count: number): Map<string, number[]> {
  return new Map(keys.map((key) => [key, Array.from({ length: count }, (_, n) => n)]));
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}-${String(n).padStart(3, "0")}`);
}

function goodEvents(): EventRecord[] {
  return goodKeys.flatMap((key) => Array.from({ length: goodPerKey }, (_, n) => eventOf(key, n)));
}

function brokenEvents(): EventRecord[] {
  return brokenKeys.flatMap((key) => Array.from({ length: brokenPerKey }, (_, n) => eventOf(key, n)));
}

function eventOf(key: string, n: number, id: string = uuidv7()): EventRecord {
  const time = new Date(base + n);
  const message = create(UserErasedSchema, { userId: key, time: timestampFromDate(time) });
  const attributes = { source: "identity", subject: key, time, userId: key, sequence: BigInt(n) };
  const { value, headers } = encodeCloudEvent(UserErasedSchema, message, {
    ...attributes,
    id,
    traceparent: undefined,
  });
  return { key, value, headers };
}

/** Records that cannot be read, each of them another one, half of them in the middle of a good key. */
function unreadableRecords(): EventRecord[] {
  return Array.from({ length: unreadable }, (_, n) => {
    const key = n % 2 === 0 ? (goodKeys[n % goodKeys.length] ?? "") : `nobody-${n}`;
    const make = poisons[n % poisons.length];
    return { key, value: make?.(n) ?? null, headers: {} };
  });
}

const changed = (n: number, change: (envelope: Record<string, unknown>) => object) => {
  const { value } = eventOf("changed", n, `0190a1b2-0000-7000-8000-${String(n).padStart(12, "0")}`);
  return Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(value ?? "").toString()))));
};

const poisons: ((n: number) => Buffer)[] = [
  (n) => Buffer.from(`{"torn": ${n}, `),
  (n) => Buffer.concat([Buffer.from([0xff, 0xfe, 0x00]), Buffer.from(`${n}`)]),
  (n) => Buffer.from(`[${n}]`),
  (n) => Buffer.from(`{"hello": ${n}}`),
  (n) => changed(n, (envelope) => ({ ...envelope, type: "todo.identity.v9.UserErased", specversion: "2.0" })),
  (n) => changed(n, (envelope) => ({ ...envelope, data: { userId: 7 } })),
  (n) => changed(n, (envelope) => ({ ...envelope, data: { ...(envelope["data"] as object), userId: "" } })),
  (n) => changed(n, (envelope) => ({ ...envelope, id: `zero\0${n}` })),
  (n) => changed(n, (envelope) => ({ ...envelope, id: `long${"x".repeat(5_000)}${n}` })),
  (n) => Buffer.alloc(100_000, `garbage ${n} `),
];

/** Mixes records of different keys; those of one key stay in order. The same at every run. */
function shuffled(records: readonly EventRecord[]): EventRecord[] {
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const queues = [...Map.groupBy(records, ({ key }) => key).values()].map((queue) => [...queue]);
  const mixed: EventRecord[] = [];
  while (queues.length > 0) {
    const at = Math.floor(random() * queues.length);
    const next = queues[at]?.shift();
    if (next === undefined) queues.splice(at, 1);
    else mixed.push(next);
  }
  return mixed;
}

async function publish(records: readonly EventRecord[]): Promise<void> {
  const lanes = Map.groupBy(records, ({ key }) => partitionOf(key));
  const signal = AbortSignal.timeout(60_000);
  await Promise.all(
    [...lanes].map(async ([partition, lane]) => {
      for (let at = 0; at < lane.length; at += 20)
        await publisher.append(topic.name, partition, lane.slice(at, at + 20), signal);
    }),
  );
}

function placeOf({ key }: EventRecord) {
  return { topic: topic.name, partition: partitionOf(key), offset: -1n };
}
