import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { decodeEvent, encodeCloudEvent, parseCloudEvent } from "@todo/kit/cloud-event";
import type { AnyKysely } from "@todo/kit/database";
import { kyselyOn, openPool } from "@todo/kit/database";
import { domainError, ErrorReason } from "@todo/kit/errors";
import type { DomainEvent, IncomingRecord } from "@todo/kit/event";
import { eventRegistry } from "@todo/kit/event-catalogue";
import { forgetTaken } from "@todo/kit/inbox";
import {
  createSubscriber,
  type EventHandler,
  latest,
  once,
  onceAny,
  onceRaw,
  type Subscriber,
} from "@todo/kit/subscribe";
import { tcpProxy } from "@todo/kit/testing/proxy";
import { type DeadLettered, DeadLetteredSchema } from "@todo/proto/todo/audit/v1/dead_letter_event";
import { UserCreatedSchema, UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { sql } from "kysely";
import pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type EventBed, eventBed, schema } from "./event-bed.ts";

let bed: EventBed;
beforeAll(async () => {
  bed = await eventBed();
});
afterAll(() => bed[Symbol.asyncDispose]());
beforeEach(() => bed.pool.query("truncate effect, inbox, applied, parked, outbox"));

const topic = "user.events";
let offset = 0n;

/** A record with an event about `key`, whose number tells it from others. */
function erased(key: string, n: number, over: Partial<IncomingRecord> = {}): IncomingRecord {
  const time = new Date(1_800_000_000_000 + n);
  const message = create(UserErasedSchema, { userId: key, time: timestampFromDate(time) });
  const { value, headers } = encodeCloudEvent(UserErasedSchema, message, {
    id: uuidv7(),
    source: "identity",
    subject: key,
    time,
    userId: key,
    sequence: BigInt(n),
    traceparent: undefined,
  });
  return { topic, partition: 1, offset: offset++, key, value, headers, ...over };
}

/** The number that {@link erased} put into it. */
const numberOf = (event: DomainEvent) => event.time.getTime() - 1_800_000_000_000;

const note = (tx: AnyKysely, eventId: string, text: string) =>
  sql`insert into effect (event_id, note) values (${eventId}, ${text})`.execute(tx);

/** Writes down each event as `key:number`; whatever `fail` throws for it, it throws afterwards. */
function noting(fail: (event: DomainEvent) => void = () => {}): EventHandler {
  return once(UserErasedSchema, async (event, tx) => {
    await note(tx, event.id, `${event.key}:${numberOf(event)}`);
    fail(event);
  });
}

function subscriber(handlers: EventHandler[], database: AnyKysely = bed.database): Subscriber {
  return createSubscriber({
    app: "audit",
    database,
    subscriptions: { [topic]: handlers },
    log: bed.log,
    backoffMs: 1,
  });
}

async function notes(): Promise<string[]> {
  const { rows } = await bed.pool.query("select note from effect order by seq");
  return rows.map((row) => row.note);
}

async function count(table: string): Promise<number> {
  const { rows } = await bed.pool.query(`select count(*)::int as count from ${table}`);
  return rows[0].count;
}

describe("once", () => {
  it("has its effect once however often an event is delivered, also at the same time [R064]", async () => {
    const { deliver } = subscriber([noting()]);
    const record = erased("u1", 1);
    expect(await Promise.all([1, 2, 3, 4].map(() => deliver(record)))).toEqual(Array(4).fill("SUCCESS"));
    expect(await deliver(record)).toBe("SUCCESS");
    expect(await notes()).toEqual(["u1:1"]);
    expect(await count("inbox")).toBe(1);
  });

  it("rolls effect and inbox row back together, and a further try has both [R064] [R065]", async () => {
    let tries = 0;
    const { deliver } = subscriber([
      noting(() => {
        if (++tries === 1) throw new Error("the first try fails after its effect");
      }),
    ]);
    expect(await deliver(erased("u1", 1))).toBe("SUCCESS");
    expect(tries).toBe(2);
    expect(await notes()).toEqual(["u1:1"]);
    expect(await count("inbox")).toBe(1);
    expect(await count("parked")).toBe(0);
  });

  it("gives the effect the whole event", async () => {
    let seen: DomainEvent | undefined;
    const { deliver } = subscriber([
      once(UserErasedSchema, async (event) => {
        seen = event;
      }),
    ]);
    const record = erased("u1", 5);
    await deliver(record);
    expect(seen).toMatchObject({
      id: record.headers["ce_id"],
      type: "todo.identity.v1.UserErased",
      source: "/services/identity",
      subject: "u1",
      userId: "u1",
      key: "u1",
      topic,
      partition: 1,
      offset: record.offset,
      data: { userId: "u1" },
      dataJson: { userId: "u1" },
      original: record.value,
    });
  });

  it("leaves types alone that it was not asked for, known or not", async () => {
    const { deliver } = subscriber([
      once(UserCreatedSchema, async (event, tx) => void (await note(tx, event.id, "x"))),
    ]);
    expect(await deliver(erased("u1", 1))).toBe("SUCCESS");
    const value = Buffer.from(
      JSON.stringify({ specversion: "1.0", id: "1", source: "/s", type: "todo.new.v9.Thing" }),
    );
    expect(await deliver(erased("u1", 1, { value }))).toBe("SUCCESS");
    expect(await count("inbox")).toBe(0);
  });
});

describe("what cannot be read", () => {
  it("is dropped, and so not lost, when it is of a topic that nobody here takes", async () => {
    const { deliver } = subscriber([noting()]);
    expect(await deliver(erased("u1", 1, { topic: "task.events" }))).toBe("DROP");
  });

  const envelope = (over: object) =>
    Buffer.from(JSON.stringify({ ...JSON.parse(`${erased("u1", 1).value}`), ...over }));
  it.each([
    ["a record without a value", null],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00])],
    ["text that is no JSON", Buffer.from("{")],
    ["JSON that is no object", Buffer.from("[1]")],
    ["JSON that is no CloudEvent", Buffer.from('{"hello":"world"}')],
    ["another version of CloudEvents", envelope({ specversion: "2.0" })],
    ["a type that nobody knows", envelope({ type: "todo.future.v1.Unheard" })],
    ["data of another shape", envelope({ data: { userId: { no: "string" } } })],
    ["data that breaks its rules", envelope({ data: { userId: "", time: "2027-01-15T08:00:00Z" } })],
    ["no data", envelope({ data: null })],
  ])("is dropped: %s", async (_what, value) => {
    const { deliver } = subscriber([onceAny(async (event, tx) => void (await note(tx, event.id, "seen")))]);
    expect(await deliver(erased("u1", 1, { value }))).toBe("DROP");
    expect(await notes()).toEqual([]);
  });

  it("does not include fields of a newer version", async () => {
    const { deliver } = subscriber([onceAny(async (event, tx) => void (await note(tx, event.id, "seen")))]);
    const { data } = JSON.parse(`${erased("u1", 1).value}`);
    const value = envelope({ data: { ...data, addedLater: { deep: 1 } }, newattribute: "x" });
    expect(await deliver(erased("u1", 1, { value }))).toBe("SUCCESS");
    expect(await notes()).toEqual(["seen"]);
  });
});

describe("a handler that fails on one event", () => {
  /** Fails on that number of `u1` for as long as `broken`. */
  function failingOn(number: number, error: () => Error) {
    const state = { broken: true, tries: 0 };
    const handler = noting((event) => {
      if (event.key !== "u1" || numberOf(event) !== number) return;
      state.tries++;
      if (state.broken) throw error();
    });
    return { state, ...subscriber([handler]) };
  }

  it("parks the key after three tries, other keys go on, and a redrive runs the parked in order [R066]", async () => {
    const { state, deliver, redrive } = failingOn(2, () => new Error("not today"));
    for (const n of [1, 2, 3, 4]) {
      expect(await deliver(erased("u1", n))).toBe("SUCCESS");
      expect(await deliver(erased("u2", n))).toBe("SUCCESS");
    }
    expect(state.tries).toBe(3);
    expect(await notes()).toEqual(["u1:1", "u2:1", "u2:2", "u2:3", "u2:4"]);

    expect(await redrive("u1")).toMatchObject({ redriven: 0, left: 3, failed: { failure: { attempts: 1 } } });
    state.broken = false;
    expect(await redrive("u1")).toEqual({ redriven: 3, left: 0 });
    expect((await notes()).slice(5)).toEqual(["u1:2", "u1:3", "u1:4"]);
    expect(await deliver(erased("u1", 5))).toBe("SUCCESS");
    expect((await notes()).slice(8)).toEqual(["u1:5"]);
  });

  it("puts one dead letter into the outbox, with everything a person needs and no value of the event [R066]", async () => {
    const { deliver } = failingOn(1, () => domainError(ErrorReason.TASK_NOT_FOUND, "no task called milk"));
    const record = erased("u1", 1);
    await deliver(record);
    await deliver(erased("u1", 2));

    const { rows } = await bed.pool.query("select topic, key, value, headers from outbox");
    expect(rows).toHaveLength(1);
    const letter = decodeEvent(
      parseCloudEvent(rows[0].value),
      { ...rows[0], partition: 0, offset: 0n },
      eventRegistry,
    );
    expect(letter).toMatchObject({ type: DeadLetteredSchema.typeName, topic: "task.events.dlq", key: "u1" });
    expect(letter.data as DeadLettered).toMatchObject({
      consumer: "audit",
      topic,
      partition: 1,
      offset: record.offset,
      key: "u1",
      eventId: record.headers["ce_id"],
      type: "todo.identity.v1.UserErased",
      reason: "TASK_NOT_FOUND",
      errorClass: "DomainError",
      attempts: 3,
    });
    expect(Buffer.from((letter.data as DeadLettered).original)).toEqual(record.value);
    const parked = await bed.pool.query("select reason, error_class, attempts from parked order by seq");
    expect(parked.rows).toEqual([
      { reason: "TASK_NOT_FOUND", error_class: "DomainError", attempts: 3 },
      { reason: "an earlier event of its key is parked", error_class: "", attempts: 0 },
    ]);
  });

  it("describes an unexpected error by class and place, since its text may quote the event", async () => {
    const { deliver } = failingOn(1, () => new TypeError("cannot read 'buy milk'"));
    await deliver(erased("u1", 1));
    const { rows } = await bed.pool.query("select reason from parked");
    expect(rows[0].reason).toMatch(/^TypeError at subscribe\.test\.ts:\d+$/);
  });

  it("parks a redelivered event once, and a redrive takes it out for good [R064]", async () => {
    const { state, deliver, redrive } = failingOn(1, () => new Error("not today"));
    const [first, second] = [erased("u1", 1), erased("u1", 2)];
    for (const record of [first, first, second, second, first]) expect(await deliver(record)).toBe("SUCCESS");
    expect(await count("parked")).toBe(2);
    state.broken = false;
    expect(await redrive("u1")).toEqual({ redriven: 2, left: 0 });
    for (const record of [first, second]) expect(await deliver(record)).toBe("SUCCESS");
    expect(await notes()).toEqual(["u1:1", "u1:2"]);
  });

  it("keeps the order while a redrive runs and more events arrive", async () => {
    const { state, deliver, redrive } = failingOn(1, () => new Error("not today"));
    for (const n of [1, 2, 3]) await deliver(erased("u1", n));
    state.broken = false;
    const arriving = (async () => {
      for (let n = 4; n <= 30; n++) expect(await deliver(erased("u1", n))).toBe("SUCCESS");
    })();
    await redrive("u1");
    await arriving;
    expect(await redrive("u1")).toMatchObject({ left: 0 });
    expect(await notes()).toEqual(Array.from({ length: 30 }, (_, i) => `u1:${i + 1}`));
  });

  it("makes no dead letter of a dead letter", async () => {
    const { deliver } = createSubscriber({
      app: "audit",
      database: bed.database,
      subscriptions: { "task.events.dlq": [noting(() => raise(new Error("not today")))] },
      log: bed.log,
      backoffMs: 1,
    });
    expect(await deliver(erased("u1", 1, { topic: "task.events.dlq" }))).toBe("SUCCESS");
    expect(await count("parked")).toBe(1);
    expect(await count("outbox")).toBe(0);
  });
});

describe("infrastructure that fails", () => {
  it("is answered with RETRY when the database is away, and the effect happens once it is back [R065]", async () => {
    const url = new URL(bed.url);
    await using proxy = await tcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    await using stack = new AsyncDisposableStack();
    const pool = stack.adopt(openPool({ url: url.href, schema, size: 2, name: "away" }), (one) => one.end());
    const { deliver } = subscriber([noting()], kyselyOn(pool));
    const [first, second] = [erased("u1", 1), erased("u1", 2)];
    expect(await deliver(first)).toBe("SUCCESS");
    proxy.cut();
    expect(await deliver(second)).toBe("RETRY");
    expect(await deliver(second)).toBe("RETRY");
    proxy.mend();
    expect(await deliver(second)).toBe("SUCCESS");
    expect(await notes()).toEqual(["u1:1", "u1:2"]);
  });

  it("is answered with RETRY when the connection is killed in the middle of the effect", async () => {
    let kills = 0;
    const { deliver } = subscriber([
      once(UserErasedSchema, async (event, tx) => {
        await note(tx, event.id, "half");
        if (++kills > 1) return;
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
        await bed.pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
        await sql`select 1`.execute(tx);
      }),
    ]);
    const record = erased("u1", 1);
    expect(await deliver(record)).toBe("RETRY");
    expect(await notes()).toEqual([]);
    expect(await deliver(record)).toBe("SUCCESS");
    expect(await notes()).toEqual(["half"]);
  });

  it.each([
    ["a peer that is away", new ConnectError("no", Code.Unavailable)],
    [
      "a peer that is too slow, behind another error",
      new Error("outer", { cause: new ConnectError("no", Code.DeadlineExceeded) }),
    ],
    ["a refused connection", Object.assign(new Error("connect"), { code: "ECONNREFUSED" })],
  ])("is answered with RETRY and parks nothing: %s", async (_what, error) => {
    const { deliver } = subscriber([noting(() => raise(error))]);
    expect(await deliver(erased("u1", 1))).toBe("RETRY");
    expect([await count("inbox"), await count("parked"), await notes()]).toEqual([0, 0, []]);
  });

  it("runs transactions that met each other again, without counting that as a failure", async () => {
    let tries = 0;
    const { deliver } = subscriber([
      noting(() => {
        if (++tries <= 4) throw Object.assign(new Error("could not serialize access"), { code: "40001" });
      }),
    ]);
    expect(await deliver(erased("u1", 1))).toBe("SUCCESS");
    expect(tries).toBe(5);
    expect(await count("parked")).toBe(0);
  });

  it("asks for a later try when transactions meet each other again and again", async () => {
    const { deliver } = subscriber([
      noting(() => raise(Object.assign(new Error("deadlock"), { code: "40P01" }))),
    ]);
    expect(await deliver(erased("u1", 1))).toBe("RETRY");
    expect(await count("parked")).toBe(0);
  });
});

describe("latest", () => {
  const following = () =>
    subscriber([
      latest(
        UserErasedSchema,
        (event) => ({ id: event.subject, version: BigInt(numberOf(event)) }),
        async (event, tx) => void (await note(tx, event.id, `${event.key}:${numberOf(event)}`)),
      ),
    ]);

  it("follows the newest version and ignores what is older or the same [R064]", async () => {
    const { deliver } = following();
    for (const n of [1, 3, 2, 3, 4, 1]) expect(await deliver(erased("u1", n))).toBe("SUCCESS");
    expect(await deliver(erased("u2", 1))).toBe("SUCCESS");
    expect(await notes()).toEqual(["u1:1", "u1:3", "u1:4", "u2:1"]);
    expect(await count("inbox")).toBe(0);
  });
});

describe("the inbox", () => {
  it("forgets what is older than it is told to keep, and nothing else", async () => {
    const { deliver } = subscriber([noting()]);
    const [old, young] = [erased("u1", 1), erased("u1", 2)];
    for (const record of [old, young]) await deliver(record);
    const admin = new pg.Client({ connectionString: bed.adminUrl });
    await admin.connect();
    await admin.query(
      `update ${schema}.inbox set received_at = now() - interval '61 days' where event_id = $1`,
      [old.headers["ce_id"]],
    );
    await admin.end();
    const before = new Date(Date.now() - 60 * 24 * 60 * 60 * 1000);
    expect(await forgetTaken(bed.database, before)).toBe(1);
    expect(await forgetTaken(bed.database, before)).toBe(0);
    await deliver(young);
    expect(await notes()).toEqual(["u1:1", "u1:2"]);
  });
});

describe("onceRaw", () => {
  it("takes any bytes once, with the place they came from [R064]", async () => {
    const seen: unknown[] = [];
    const { deliver } = createSubscriber({
      app: "audit",
      database: bed.database,
      subscriptions: {
        "task.events.dlq.audit": [
          onceRaw(async (record, tx) => {
            seen.push(record.origin, record.value?.toString());
            await note(tx, record.id, "raw");
          }),
        ],
      },
      log: bed.log,
    });
    const record = {
      topic: "task.events.dlq.audit",
      partition: 3,
      offset: 9n,
      key: "u1",
      value: Buffer.from("\u0000 not JSON"),
      headers: { __topic: "task.events", __partition: "7", __offset: "42" },
    };
    expect(await deliver(record)).toBe("SUCCESS");
    expect(await deliver(record)).toBe("SUCCESS");
    expect(seen).toEqual([{ topic: "task.events", partition: 7, offset: 42n }, "\u0000 not JSON"]);
    expect(await deliver({ ...record, headers: { ...record.headers, __offset: "43" } })).toBe("SUCCESS");
    expect(await notes()).toEqual(["raw", "raw"]);
  });
});

function raise(error: Error): never {
  throw error;
}
