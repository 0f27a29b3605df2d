import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { encodeCloudEvent } from "@todo/kit/cloud-event";
import type { IncomingRecord } from "@todo/kit/event";
import { createSubscriber, type EventHandler, once, onceRaw } from "@todo/kit/subscribe";
import { UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type EventBed, eventBed } from "./event-bed.ts";

let bed: EventBed;
beforeAll(async () => {
  bed = await eventBed();
});
afterAll(() => bed[Symbol.asyncDispose]());
beforeEach(() => bed.pool.query("truncate inbox, parked, outbox"));

const topic = "user.events";

function erased(over: Partial<IncomingRecord> = {}, id = uuidv7()): IncomingRecord {
  const time = new Date();
  const message = create(UserErasedSchema, { userId: "u1", time: timestampFromDate(time) });
  const attributes = { source: "identity", subject: "u1", time, userId: "u1", sequence: 1n };
  const { value, headers } = encodeCloudEvent(UserErasedSchema, message, {
    ...attributes,
    id,
    traceparent: undefined,
  });
  return { topic, partition: 1, offset: 1n, key: "u1", value, headers, ...over };
}

function subscriber(handler: EventHandler) {
  const subscriptions = { [topic]: [handler] };
  return createSubscriber({
    app: "audit",
    database: bed.database,
    subscriptions,
    log: bed.log,
    backoffMs: 1,
  });
}

const failing = once(UserErasedSchema, async () => {
  throw new Error("cannot");
});

describe("a record that Postgres could not keep", () => {
  it.each([
    ["a zero byte in its key", erased({ key: "a\0b" })],
    ["a key too long for an index", erased({ key: "k".repeat(5_000) })],
    ["a zero byte in its id", erased({}, "a\0b")],
    ["an id too long for an index", erased({}, "i".repeat(5_000))],
  ])("is dropped at once if it has %s, and never asked for again", async (_what, record) => {
    expect(await subscriber(failing).deliver(record)).toBe("DROP");
  });

  it("is parked whatever its headers hold", async () => {
    const record = erased({ headers: { ce_subject: "a\0b" } });
    expect(await subscriber(failing).deliver(record)).toBe("SUCCESS");
    const { rows } = await bed.pool.query("select headers from parked");
    expect(rows).toEqual([{ headers: { ce_subject: "a\uFFFDb" } }]);
  });

  it("can be taken as what a sidecar gave up", async () => {
    const keys: string[] = [];
    const raw = onceRaw(async ({ key }) => void keys.push(key));
    expect(await subscriber(raw).deliver(erased({ key: "a\0b" }))).toBe("SUCCESS");
    expect(keys).toEqual(["a\uFFFDb"]);
  });
});
