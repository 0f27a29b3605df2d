import { createHash, randomUUID } from "node:crypto";
import { create, fromJsonString } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { topics } from "@todo/kit/event-catalogue";
import { testKeys } from "@todo/kit/testing/keys";
import { AppCallback } from "@todo/proto/dapr/proto/runtime/v1/appcallback";
import { SignInFailedSchema } from "@todo/proto/todo/audit/v1/access_event";
import { UserCreatedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { TaskCreatedSchema } from "@todo/proto/todo/task/v1/task_event";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { deliveryOf, eventTime, recordOf, taskCreated } from "./delivery.ts";
import { type AuditFixture, meshTo, startAudit } from "./fixture.ts";

let audit: AuditFixture;
beforeAll(async () => {
  audit = await startAudit();
});
afterAll(() => audit[Symbol.asyncDispose]());

describe("an event that a sidecar delivers", () => {
  it("becomes an entry with all that it says [R061] [R074]", async () => {
    const [ada, taskId, id] = [randomUUID(), randomUUID(), randomUUID()];
    const delivery = deliveryOf(taskCreated(ada, { id, taskId, title: "Buy milk" }));
    expect(await audit.deliver(delivery)).toBe("SUCCESS");

    const [entry, ...others] = await audit.entriesOf(ada);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      number: 1n,
      eventId: id,
      type: "todo.task.v1.TaskCreated",
      source: "/services/task",
      subject: taskId,
      traceId: "0af7651916cd43dd8448eb211c80319c",
    });
    expect(entry?.time && timestampDate(entry.time)).toEqual(eventTime);
    expect(entry?.fields).toContain("task.title");
    expect(entry?.fields).not.toContain("Buy milk");
    const data = fromJsonString(TaskCreatedSchema, entry?.dataJson ?? "");
    expect(data.task).toMatchObject({ id: taskId, title: "Buy milk" });
  });

  it("keeps its values encrypted in the database", async () => {
    const [ada, secret] = [randomUUID(), `secret-${randomUUID()}`];
    await audit.deliver(deliveryOf(taskCreated(ada, { title: secret })));
    const [row] = await audit.sql("select entry::text as whole, sealed from entry where user_id = $1", [ada]);
    expect(row?.["whole"]).not.toContain(secret);
    expect(Buffer.from(row?.["sealed"] as Buffer).includes(secret)).toBe(false);
    expect((await audit.entriesOf(ada))[0]?.dataJson).toContain(secret);
  });

  it("is recorded once, however often it comes [R064]", async () => {
    const ada = randomUUID();
    const record = taskCreated(ada);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => audit.deliver(deliveryOf(record))));
    expect(new Set(outcomes)).toEqual(new Set(["SUCCESS"]));
    expect(await audit.deliver(deliveryOf(record))).toBe("SUCCESS");
    expect(await audit.entriesOf(ada)).toHaveLength(1);
  });

  it("is recorded once even after the inbox has forgotten it [R064]", async () => {
    const ada = randomUUID();
    const record = taskCreated(ada);
    await audit.deliver(deliveryOf(record));
    await audit.sql("delete from inbox");
    expect(await audit.deliver(deliveryOf(record))).toBe("SUCCESS");
    await audit.deliver(deliveryOf(taskCreated(ada)));
    expect((await audit.entriesOf(ada)).map(({ number }) => number)).toEqual([2n, 1n]);
    expect(await audit.sql("select * from parked where key = $1", [record.key])).toEqual([]);
  });

  it("takes the next number of its user, without a gap, when 50 come at once", async () => {
    const ada = randomUUID();
    const deliveries = Array.from({ length: 50 }, () => deliveryOf(taskCreated(ada)));
    const outcomes = await Promise.all(deliveries.map(audit.deliver));
    expect(new Set(outcomes)).toEqual(new Set(["SUCCESS"]));
    const numbers = (await audit.entriesOf(ada)).map(({ number }) => Number(number));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(await audit.audit.verifyChain({}, await audit.as(ada))).toMatchObject({
      intact: true,
      entryCount: 50n,
      firstBrokenNumber: 0n,
    });
  });

  it("is recorded for whichever topic it comes from [R061]", async () => {
    const ada = randomUUID();
    const time = timestampFromDate(eventTime);
    const place = { userId: ada, subject: ada, key: ada, source: "identity" } as const;
    const created = create(UserCreatedSchema, { userId: ada, zone: "UTC", locale: "en", time });
    const failed = create(SignInFailedSchema, { userId: ada, clientAddress: "192.0.2.7", time });
    const records = [
      taskCreated(ada),
      recordOf({ ...place, topic: "user.events", desc: UserCreatedSchema, message: created }),
      recordOf({ ...place, topic: "task.audit", desc: SignInFailedSchema, message: failed }),
    ];
    for (const record of records) expect(await audit.deliver(deliveryOf(record))).toBe("SUCCESS");
    expect((await audit.entriesOf(ada)).map(({ type }) => type)).toEqual([
      "todo.audit.v1.SignInFailed",
      "todo.identity.v1.UserCreated",
      "todo.task.v1.TaskCreated",
    ]);
  });

  it("joins the chain of nobody if its user is not known, as a failed sign-in may [R160]", async () => {
    const emailHash = createHash("sha256").update("eve@example.org").digest("hex");
    const message = create(SignInFailedSchema, { emailHash, time: timestampFromDate(eventTime) });
    const id = randomUUID();
    const place = { topic: "task.audit", source: "identity", userId: "", subject: "", key: "" } as const;
    const record = recordOf({ ...place, id, desc: SignInFailedSchema, message });
    expect(await audit.deliver(deliveryOf(record))).toBe("SUCCESS");
    const rows = await audit.sql("select user_id, type from entry where event_id = $1", [id]);
    expect(rows).toEqual([
      { user_id: "00000000-0000-0000-0000-000000000000", type: "todo.audit.v1.SignInFailed" },
    ]);
  });
});

describe("the service", () => {
  it("takes every topic but the compacted one, and every dead letter topic [R061]", () => {
    const streams = topics.filter(({ cleanup }) => cleanup === "delete").map(({ name }) => name);
    const given = topics.flatMap(({ name, consumers }) => consumers.map((app) => `${name}.dlq.${app}`));
    expect(audit.app.subscriber?.topics.toSorted()).toEqual([...streams, ...given].toSorted());
  });

  it("drops what it cannot read, and records nothing of it", async () => {
    const ada = randomUUID();
    const delivery = deliveryOf(taskCreated(ada));
    const broken = { ...delivery.request, data: Buffer.from('{"context":{"userId":7}}') };
    expect(await audit.deliver({ ...delivery, request: broken })).toBe("DROP");
    const unknown = { ...delivery.request, type: "todo.task.v1.TaskForgotten" };
    expect(await audit.deliver({ ...delivery, request: unknown })).toBe("DROP");
    expect(await audit.entriesOf(ada)).toEqual([]);
  });

  it("refuses a delivery without its sidecar's token", async () => {
    const { request, headers } = deliveryOf(taskCreated(randomUUID()));
    await using mesh = meshTo(audit.app.port, testKeys());
    const stranger = createClient(AppCallback, mesh.transport("audit"));
    const call = stranger.onTopicEvent(request, { headers });
    await expect(call).rejects.toMatchObject({ code: Code.Unauthenticated });
  });

  it("forgets deliveries that cannot come again, and only those", async () => {
    await audit.sql(
      `insert into inbox (consumer, event_id, received_at)
       values ('audit', 'old', now() - interval '61 days'), ('audit', 'young', now() - interval '59 days')`,
    );
    const known = () => audit.sql("select event_id from inbox where event_id in ('old', 'young')");
    await vi.waitFor(async () => expect(await known()).toEqual([{ event_id: "young" }]), { timeout: 10_000 });
  });

  it("says that it is ready", async () => {
    const response = await fetch(`http://127.0.0.1:${audit.app.adminPort}/health/ready`);
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 200,
      body: { status: "ok", checks: { database: "ok" } },
    });
  });
});
