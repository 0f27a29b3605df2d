import { randomUUID } from "node:crypto";
import { Code, createClient, createRouterTransport, type Interceptor } from "@connectrpc/connect";
import { kyselyOn, openPool } from "@todo/kit/database";
import { maskErrors } from "@todo/kit/grpc/mask-errors";
import type { KafkaInspector } from "@todo/kit/kafka-inspector";
import { partitionOf } from "@todo/kit/partition";
import { principalKey } from "@todo/kit/principal";
import { EventAdminService } from "@todo/proto/todo/audit/v1/event_admin_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEventAdminService } from "#src/event-admin-service.ts";
import { type DraftRecord, rawDeliveryOf, taskCreated } from "./delivery.ts";
import { type AuditFixture, log, startAudit } from "./fixture.ts";

const stack = new AsyncDisposableStack();
/** What the topic keeps, by offset. */
const kept = new Map<bigint, Uint8Array>();
let offset = 0;
let audit: AuditFixture;
let admin: ReturnType<typeof createClient<typeof EventAdminService>>;

beforeAll(async () => {
  audit = stack.use(await startAudit());
  const pool = openPool({ url: audit.config.databaseUrl, schema: "audit", size: 2, name: "test" });
  const database = kyselyOn(stack.adopt(pool, (opened) => opened.end()));
  const kafka: KafkaInspector = {
    lagOf: async () => [],
    valueAt: async (_topic, _partition, at) => kept.get(at),
  };
  // The app reads what task was to take, so it stands in for it here.
  const consumers = new Map([["task", audit.parked]]);
  const deps = { database, consumers, kafka, now: () => new Date(), kick: () => {} };
  const transport = createRouterTransport(
    ({ service }) => void service(EventAdminService, createEventAdminService(deps)),
    { router: { interceptors: [maskErrors(log), asOlga] } },
  );
  admin = createClient(EventAdminService, transport);
});
afterAll(() => stack.disposeAsync());

const asOlga: Interceptor = (next) => (request) => {
  const rest = { scopes: [], zone: "UTC", locale: "en", requestId: "r1" };
  request.contextValues.set(principalKey, { userId: "olga", actor: "person", issuer: "operator", ...rest });
  return next(request);
};

/** Lets the sidecar of task give a record up. Gives the id of its letter. */
async function giveUp(record: DraftRecord): Promise<string> {
  kept.set(BigInt(++offset), record.value);
  const origin = { topic: "task.events", partition: 4, offset };
  await audit.deliver(rawDeliveryOf({ ...record, topic: "user.events.dlq.task" }, origin));
  const { letters } = await admin.listDeadLetters({ consumer: "task", pageSize: 1 });
  expect(letters).toMatchObject([{ offset: BigInt(offset), source: "/sidecars/task" }]);
  return letters[0]?.id ?? "";
}

describe("an event that a sidecar gave up", () => {
  it("arrives after all, once, however often it is redriven [R064, R066]", async () => {
    const ada = randomUUID();
    const id = await giveUp(taskCreated(ada));
    const types = async () => (await audit.entriesOf(ada)).map(({ type }) => type);
    expect(await types()).toEqual(["todo.audit.v1.DeadLettered"]);
    for (let i = 0; i < 3; i++) {
      expect(await admin.redriveDeadLetter({ id })).toMatchObject({ consumer: "task", taken: true });
    }
    expect(await types()).toEqual(["todo.task.v1.TaskCreated", "todo.audit.v1.DeadLettered"]);
    await audit.app.relay?.drained();
    const acts = audit.bus.records("task.audit", partitionOf(ada)).filter(({ key }) => key === ada);
    expect(acts.map(({ value }) => JSON.parse(`${Buffer.from(value ?? "")}`).data.method)).toEqual(
      Array(3).fill("todo.audit.v1.EventAdminService/RedriveDeadLetter"),
    );
  });

  it("is said to be unreadable if it still is", async () => {
    const id = await giveUp({ ...taskCreated(randomUUID()), value: Buffer.from("{torn") });
    expect(await admin.redriveDeadLetter({ id })).toMatchObject({ consumer: "task", taken: false });
  });

  it("is said to be gone if its topic keeps it no more", async () => {
    const id = await giveUp(taskCreated(randomUUID()));
    kept.delete(BigInt(offset));
    await expect(admin.redriveDeadLetter({ id })).rejects.toMatchObject({ code: Code.FailedPrecondition });
  });

  it("is not found by an id that nobody knows", async () => {
    await expect(admin.redriveDeadLetter({ id: "raw-0" })).rejects.toMatchObject({ code: Code.NotFound });
  });
});
