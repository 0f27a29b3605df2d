import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import {
  Code,
  createClient,
  createRouterTransport,
  type ServiceImpl,
  type Transport,
} from "@connectrpc/connect";
import { kyselyOn, openPool } from "@todo/kit/database";
import { subscriptionsOf } from "@todo/kit/event-catalogue";
import { maskErrors } from "@todo/kit/grpc/mask-errors";
import { createParkedEventsService } from "@todo/kit/parked-events";
import { park } from "@todo/kit/parking";
import { partitionOf } from "@todo/kit/partition";
import { appIds } from "@todo/kit/services";
import { EventAdminService } from "@todo/proto/todo/audit/v1/event_admin_service";
import { ParkedEventsService } from "@todo/proto/todo/audit/v1/parked_events_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEventAdminService } from "#src/event-admin-service.ts";
import { deliveryOf, rawDeliveryOf, taskCreated } from "./delivery.ts";
import { type AuditFixture, log, startAudit } from "./fixture.ts";

const stack = new AsyncDisposableStack();
let failpoints: string;
let audit: AuditFixture;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "todo-audit-"));
  stack.defer(() => rm(folder, { recursive: true }));
  failpoints = join(folder, "failpoints");
  audit = stack.use(await startAudit({ failpoints: { file: failpoints } }));
});
afterAll(() => stack.disposeAsync());

/** Lets the work on some events fail, so that they are parked under one key. Gives the key and their ids. */
async function parkSome(ada: string, count: number): Promise<{ key: string; ids: string[] }> {
  const key = randomUUID();
  const ids = Array.from({ length: count }, () => randomUUID());
  writeFileSync(failpoints, "subscriber.before-effect=throw");
  for (const id of ids)
    await audit.deliver(deliveryOf({ ...taskCreated(ada, { id, title: "Secret" }), key }));
  repair();
  return { key, ids };
}

const repair = () => rmSync(failpoints, { force: true });

/** Lets the relay's records of a topic come back to the service, as its sidecar would. */
async function deliverBack(topic: string, key: string): Promise<void> {
  await audit.app.relay?.drained();
  const sent = audit.bus.records(topic, partitionOf(key)).filter((record) => record.key === key);
  for (const { value } of sent) {
    await audit.deliver(deliveryOf({ topic, key, value: value ?? new Uint8Array() }));
  }
}

describe("an operator", () => {
  it("sees what waits, in order and with its reason, and what is inside without the text of users", async () => {
    const ada = randomUUID();
    const { key, ids } = await parkSome(ada, 3);
    const { events } = await audit.admin.listParked({ consumer: "audit", key }, await audit.asOperator());
    expect(events.map(({ eventId }) => eventId)).toEqual(ids);
    // No other consumer runs here, which hides nothing of this one.
    const everywhere = await audit.admin.listParked({ key }, await audit.asOperator());
    const others = appIds.filter((app) => app !== "audit" && subscriptionsOf(app).length > 0);
    expect(everywhere).toMatchObject({ unreachable: others.toSorted(), events: [{}, {}, {}] });
    expect(events[0]).toMatchObject({ topic: "task.events", type: "todo.task.v1.TaskCreated", attempts: 3 });
    expect(events[0]?.reason).toMatch(/^Error at failpoint\.ts:\d+$/);
    expect(events[1]).toMatchObject({ reason: "an earlier event of its key is parked", attempts: 0 });
    expect(events[1]?.firstFailTime).toBeUndefined();

    const shown = await audit.admin.showEvent({ id: ids[0] ?? "" }, await audit.asOperator());
    expect(shown.parked.map(({ eventId }) => eventId)).toEqual([ids[0]]);
    expect(shown.content).toMatchObject({ userId: ada, unreadable: "" });
    expect(shown.content?.contentJson).not.toContain("Secret");
    expect(JSON.parse(shown.content?.contentJson ?? "")).toMatchObject({
      id: ids[0],
      data: { task: { title: "[redacted]", status: "TASK_STATUS_OPEN" } },
    });
  });

  it("pages through what waits, without a gap and without anything twice", async () => {
    const { key, ids } = await parkSome(randomUUID(), 5);
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await audit.admin.listParked({ key, pageSize: 2, pageToken }, await audit.asOperator());
      expect(page.events.length).toBeLessThanOrEqual(2);
      seen.push(...page.events.map(({ eventId }) => eventId));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(seen).toEqual(ids);
    await expect(
      audit.admin.listParked({ key, pageToken: "c29tZQ" }, await audit.asOperator()),
    ).rejects.toMatchObject({ code: Code.InvalidArgument });
  });

  it("redrives a key in order once its consumer is repaired, after a rehearsal that changes nothing [R066]", async () => {
    const ada = randomUUID();
    const { key, ids } = await parkSome(ada, 3);
    const redrive = async (o: { dryRun?: boolean; limit?: number } = {}) =>
      audit.admin.redriveKey({ consumer: "audit", key, ...o }, await audit.asOperator());
    writeFileSync(failpoints, "subscriber.before-effect=throw");
    const failed = await redrive();
    expect(failed).toMatchObject({ redriven: 0, left: 3n, failed: { eventId: ids[0], attempts: 4 } });
    repair();

    expect(await redrive({ dryRun: true })).toMatchObject({ redriven: 3, left: 0n });
    expect(await audit.entriesOf(ada)).toEqual([]);
    expect(await redrive({ limit: 2 })).toMatchObject({ redriven: 2, left: 1n });
    expect(await redrive()).toMatchObject({ redriven: 1, left: 0n });
    expect((await audit.entriesOf(ada)).map(({ eventId }) => eventId)).toEqual(ids.toReversed());
    await expect(redrive()).rejects.toMatchObject({ code: Code.NotFound });
  });

  it("leaves a line in the log of the user for everything they look at or run again [R160]", async () => {
    const ada = randomUUID();
    const { key, ids } = await parkSome(ada, 1);
    const call = await audit.asOperator();
    await audit.admin.listParked({ key }, call);
    await audit.admin.showEvent({ id: ids[0] ?? "" }, call);
    await audit.admin.redriveKey({ consumer: "audit", key, dryRun: true }, call);
    await audit.admin.redriveKey({ consumer: "audit", key }, call);
    await deliverBack("task.audit", ada);
    const acts = (await audit.entriesOf(ada)).filter(({ type }) => type === "todo.audit.v1.OperatorActed");
    const facts = acts.map(({ dataJson }) => JSON.parse(dataJson)).reverse();
    const service = "todo.audit.v1.EventAdminService";
    const every = { userId: ada, operator: "olga", consumer: "audit", eventId: ids[0] };
    expect(facts).toMatchObject([
      { ...every, method: `${service}/ShowEvent` },
      { ...every, method: `${service}/RedriveKey`, key, dryRun: true },
      { ...every, method: `${service}/RedriveKey`, key },
    ]);
  });

  it("sees the dead letters of consumers and of sidecars, also after a redrive [R066]", async () => {
    const ada = randomUUID();
    const { key, ids } = await parkSome(ada, 2);
    await deliverBack("task.events.dlq", key);
    const origin = { topic: "task.events", partition: 4, offset: 77 };
    const torn = { topic: "task.events.dlq.audit", key: "a%00b", value: Buffer.from("{torn") };
    expect(await audit.deliver(rawDeliveryOf(torn, origin))).toBe("SUCCESS");
    await audit.admin.redriveKey({ consumer: "audit", key }, await audit.asOperator());

    const { letters } = await audit.admin.listDeadLetters({ pageSize: 2 }, await audit.asOperator());
    expect(letters).toMatchObject([
      { source: "/sidecars/audit", topic: "task.events", partition: 4, offset: 77n, key: "a\uFFFDb" },
      { source: "/services/audit", topic: "task.events", key, eventId: ids[0], attempts: 3 },
    ]);
    expect(letters.map(({ eventId }) => eventId)).not.toContain(ids[1]);
  });

  it.each([
    ["a consumer that is none", () => audit.admin.redriveKey, { consumer: "web", key: "k" }, Code.NotFound],
    ["an event without an id", () => audit.admin.showEvent, { id: "" }, Code.InvalidArgument],
    [
      "an id that those who can be asked do not know",
      () => audit.admin.showEvent,
      { id: "x" },
      Code.Unavailable,
    ],
    ["a consumer that is away", () => audit.admin.listParked, { consumer: "task" }, Code.Unavailable],
    ["what waits at nobody", () => audit.admin.listParked, { consumer: "web" }, Code.NotFound],
  ] as const)("is told of %s", async (_what, method, request, code) => {
    const call = method() as (request: object, options: object) => Promise<unknown>;
    await expect(call(request, await audit.asOperator())).rejects.toMatchObject({ code });
  });

  it("is told that the lag cannot be had while Kafka is away", async () => {
    const lag = audit.admin.listLag({}, await audit.asOperator());
    await expect(lag).rejects.toMatchObject({ code: Code.Unavailable });
  });
});

describe("everybody else", () => {
  it.each(["gateway", "task", "audit"] as const)("is refused with the key of %s", async (issuer) => {
    const headers = await audit.keys.headers("audit", { userId: randomUUID() }, issuer);
    for (const { localName } of EventAdminService.methods) {
      const call = audit.admin[localName as keyof typeof audit.admin] as (
        request: object,
        o: object,
      ) => Promise<unknown>;
      await expect(call({}, { headers }), localName).rejects.toMatchObject({ code: Code.PermissionDenied });
    }
  });

  it("is refused without any key", async () => {
    await expect(audit.admin.listParked({})).rejects.toMatchObject({ code: Code.Unauthenticated });
  });
});

describe("several consumers", () => {
  it("that all know nothing of an event leave it unknown", async () => {
    await using other = await startOther([]);
    const consumers = new Map([["task", other.client]]);
    const database = kyselyOn(other.pool);
    const deps = { database, consumers, kafka: undefined as never, now: () => new Date(), kick: () => {} };
    const service = createEventAdminService(deps);
    const admin = createClient(EventAdminService, transportTo(EventAdminService, service));
    await expect(admin.showEvent({ id: "x" })).rejects.toMatchObject({ code: Code.NotFound });
  });

  it("are asked one after the other, page by page", async () => {
    await parkSome(randomUUID(), 3);
    await using other = await startOther(["t1", "t2", "t3"]);
    const consumers = new Map([
      ["task", other.client],
      ["audit", audit.parked],
    ]);
    const deps = { database: undefined as never, kafka: undefined as never, now: () => new Date() };
    const service = createEventAdminService({ ...deps, consumers, kick: () => {} });
    const admin = createClient(EventAdminService, transportTo(EventAdminService, service));
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await admin.listParked({ pageSize: 2, pageToken });
      seen.push(...page.events.map(({ consumer, key }) => `${consumer} ${key}`));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(seen.slice(-3)).toEqual(["task t1", "task t2", "task t3"]);
    const here = await audit.sql("select key from parked order by seq");
    expect(seen.slice(0, -3)).toEqual(here.map(({ key }) => `audit ${key}`));
  });
});

/** What another consumer serves, with an event parked under each key. */
async function startOther(keys: string[]) {
  await using open = new AsyncDisposableStack();
  const { config } = open.use(await startAudit());
  const pool = openPool({ url: config.databaseUrl, schema: "audit", size: 2, name: "test" });
  const database = kyselyOn(open.adopt(pool, (opened) => opened.end()));
  for (const key of keys) {
    const { topic, value } = taskCreated(randomUUID());
    const record = { topic, key, value, partition: 0, offset: 0n, headers: {} };
    await park(database, "task", { id: randomUUID(), type: "todo.task.v1.TaskCreated", record }, undefined);
  }
  const redrive = async () => ({ redriven: 0, left: 0 });
  const subscriber = { redrive, deliver: async () => "DROP" as const };
  const service = createParkedEventsService({ app: "task", database, subscriber });
  const owned = open.move();
  const client = createClient(ParkedEventsService, transportTo(ParkedEventsService, service));
  return { client, pool, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function transportTo<S extends DescService>(contract: S, implementation: ServiceImpl<S>): Transport {
  return createRouterTransport(({ service }) => void service(contract, implementation), {
    router: { interceptors: [maskErrors(log)] },
  });
}
