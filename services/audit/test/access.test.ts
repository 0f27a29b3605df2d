import { randomUUID } from "node:crypto";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventTime } from "./delivery.ts";
import { type AuditFixture, startAudit } from "./fixture.ts";

let audit: AuditFixture;
beforeAll(async () => {
  audit = await startAudit();
});
afterAll(() => audit[Symbol.asyncDispose]());

function refusal(userId: string) {
  const [id, requestId] = [randomUUID(), randomUUID()];
  const method = "todo.task.v1.TaskService/GetTask";
  return { id, userId, method, reason: "SCOPE_MISSING", time: timestampFromDate(eventTime), requestId };
}

describe("RecordAccess", () => {
  it("adds a refusal to the log of whom it met [R160]", async () => {
    const ada = randomUUID();
    const request = refusal(ada);
    await audit.audit.recordAccess(request);
    const [entry] = await audit.entriesOf(ada);
    expect(entry).toMatchObject({
      number: 1n,
      eventId: request.id,
      type: "todo.audit.v1.AccessRefused",
      source: "/services/gateway",
      time: request.time,
    });
    expect(JSON.parse(entry?.dataJson ?? "")).toEqual({
      userId: ada,
      method: request.method,
      reason: "SCOPE_MISSING",
      time: eventTime.toISOString(),
      requestId: request.requestId,
    });
  });

  it("records nothing more when it is repeated", async () => {
    const ada = randomUUID();
    const request = refusal(ada);
    await Promise.all([1, 2, 3, 4].map(() => audit.audit.recordAccess(request)));
    await audit.audit.recordAccess(request);
    expect(await audit.entriesOf(ada)).toHaveLength(1);
  });

  it.each(["", "not a uuid"])("keeps what befell the user %j under nobody's name [R160]", async (userId) => {
    const request = refusal(userId);
    await audit.audit.recordAccess(request);
    const rows = await audit.sql("select user_id from entry where event_id = $1", [request.id]);
    expect(rows).toEqual([{ user_id: "00000000-0000-0000-0000-000000000000" }]);
  });

  it("counts refusals, so that somebody can be told of many [R160]", async () => {
    const count = async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${audit.app.adminPort}/metrics`)).text();
      const line = metrics.split("\n").find((one) => /^audit_entries_total\{.*AccessRefused"/.test(one));
      return Number(line?.split(" ")[1] ?? 0);
    };
    const before = await count();
    const request = refusal(randomUUID());
    await audit.audit.recordAccess(request);
    await audit.audit.recordAccess(request);
    expect(await count()).toBe(before + 1);
  });

  it("refuses what breaks the contract", async () => {
    const call = audit.audit.recordAccess({ ...refusal(randomUUID()), id: "7" });
    await expect(call).rejects.toMatchObject({ code: Code.InvalidArgument });
  });
});
