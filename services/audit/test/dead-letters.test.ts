import { randomUUID } from "node:crypto";
import { eventRegistry } from "@todo/kit/event-catalogue";
import { partitionOf } from "@todo/kit/partition";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliveryOf, rawDeliveryOf, taskCreated } from "./delivery.ts";
import { type AuditFixture, startAudit } from "./fixture.ts";

let audit: AuditFixture;
beforeAll(async () => {
  audit = await startAudit();
});
afterAll(() => audit[Symbol.asyncDispose]());

const origin = { topic: "user.events", partition: 4, offset: 77 };

describe("what a sidecar gave up", () => {
  it("is recorded for its user, with the place it came from and without its content", async () => {
    const ada = randomUUID();
    const event = taskCreated(ada, { id: randomUUID(), title: "Secret" });
    const record = { ...event, topic: "user.events.dlq.audit" };
    expect(await audit.deliver(rawDeliveryOf(record, origin))).toBe("SUCCESS");
    const [entry] = await audit.entriesOf(ada);
    expect(entry).toMatchObject({ type: "todo.audit.v1.DeadLettered", source: "/sidecars/audit" });
    expect(entry?.dataJson).not.toContain("Secret");
    expect(JSON.parse(entry?.dataJson ?? "")).toMatchObject({
      consumer: "audit",
      topic: "user.events",
      partition: 4,
      offset: "77",
      key: event.key,
      type: "todo.task.v1.TaskCreated",
    });
  });

  it("is recorded once, however often it comes [R064]", async () => {
    const ada = randomUUID();
    const record = { ...taskCreated(ada), topic: "task.events.dlq.audit" };
    const place = { ...origin, topic: "task.events" };
    await Promise.all([1, 2, 3].map(() => audit.deliver(rawDeliveryOf(record, place))));
    expect((await audit.entriesOf(ada)).map(({ type }) => type).sort()).toEqual([
      "todo.audit.v1.DeadLettered",
      "todo.task.v1.TaskCreated",
    ]);
  });

  it("is late and not lost if it was this service that was away: the event is recorded too, once", async () => {
    const ada = randomUUID();
    const event = taskCreated(ada, { title: "Late" });
    const record = { ...event, topic: "task.events.dlq.audit" };
    await audit.deliver(rawDeliveryOf(record, { ...origin, topic: "task.events" }));
    expect(await audit.deliver(deliveryOf(event))).toBe("SUCCESS");
    const entries = await audit.entriesOf(ada);
    expect(entries.map(({ number, type }) => `${number} ${type}`)).toEqual([
      "2 todo.audit.v1.DeadLettered",
      "1 todo.task.v1.TaskCreated",
    ]);
    expect(entries[1]?.dataJson).toContain("Late");
    expect(await audit.audit.verifyChain({}, await audit.as(ada))).toMatchObject({ intact: true });
  });

  it.each([
    ["no JSON", Buffer.from([0xff, 0x00, 0x7b])],
    ["no event", Buffer.from('{"hello":"world"}')],
    ["empty", Buffer.alloc(0)],
  ])("is recorded under nobody's name if it is %s", async (_what, value) => {
    const key = randomUUID();
    const record = { topic: "task.events.dlq.audit", key, value };
    const delivery = rawDeliveryOf(record, { ...origin, topic: "task.events" });
    expect(await audit.deliver(delivery)).toBe("SUCCESS");
    const [row] = await audit.sql(
      "select entry.* from entry join dead_letter on dead_letter.id = entry.event_id where key = $1",
      [key],
    );
    expect(row).toMatchObject({
      user_id: "00000000-0000-0000-0000-000000000000",
      type: "todo.audit.v1.DeadLettered",
    });
    expect(row?.["fields"]).not.toContain("original");
  });
});

describe("an event that this service itself cannot take", () => {
  // Postgres keeps no text with a zero byte, so no try can succeed.
  const unstorable = (ada: string) => {
    const { request, headers } = deliveryOf(taskCreated(ada));
    return { request: { ...request, extensions: { ...request.extensions, subject: "a\0b" } }, headers };
  };

  it("is parked, and its dead letter comes back into the log of its user by the relay", async () => {
    const ada = randomUUID();
    const delivery = unstorable(ada);
    expect(await audit.deliver(delivery)).toBe("SUCCESS");
    expect(await audit.entriesOf(ada)).toEqual([]);
    expect(
      await audit.sql("select consumer from parked where key = $1", [delivery.headers["__key"]]),
    ).toEqual([{ consumer: "audit" }]);

    await audit.app.relay?.drained();
    const key = delivery.headers["__key"] ?? "";
    const sent = audit.bus.records("task.events.dlq", partitionOf(key)).find((record) => record.key === key);
    const letter = { topic: "task.events.dlq", key, value: sent?.value ?? new Uint8Array() };
    expect(await audit.deliver(deliveryOf(letter))).toBe("SUCCESS");
    const [entry] = await audit.entriesOf(ada);
    expect(entry).toMatchObject({
      number: 1n,
      type: "todo.audit.v1.DeadLettered",
      source: "/services/audit",
    });
    expect(entry?.fields).not.toContain("original");
    expect(JSON.parse(entry?.dataJson ?? "")).toMatchObject({ consumer: "audit", attempts: 3 });
    expect(eventRegistry.getMessage(entry?.type ?? "")).toBeDefined();
  });

  it("holds up the events of its key and no others", async () => {
    const ada = randomUUID();
    const delivery = unstorable(ada);
    await audit.deliver(delivery);
    const sameKey = { ...taskCreated(ada), key: delivery.headers["__key"] ?? "" };
    await audit.deliver(deliveryOf(sameKey));
    await audit.deliver(deliveryOf(taskCreated(ada)));
    expect(await audit.entriesOf(ada)).toHaveLength(1);
  });
});
