import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { AccessRefusedSchema, SignInFailedSchema } from "@todo/proto/todo/audit/v1/access_event";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliveryOf, eventTime, recordOf } from "./delivery.ts";
import { type AuditFixture, startAudit } from "./fixture.ts";

let audit: AuditFixture;
beforeAll(async () => {
  audit = await startAudit();
});
afterAll(() => audit[Symbol.asyncDispose]());

const refuse = (userId: string, o: { reason?: string; time?: Date; count?: number } = {}) =>
  audit.audit.recordAccess({
    ...{ id: randomUUID(), userId, method: "todo.task.v1.TaskService/GetTask", requestId: "" },
    ...{ reason: o.reason ?? "CREDENTIALS_EXPIRED", count: o.count ?? 0 },
    time: timestampFromDate(o.time ?? eventTime),
  });
/** Lets the time pass for which others are waited for. */
const due = (userId: string) =>
  audit.sql("update refusal_minute set due_time = now() where user_id = $1 and held > 0", [userId]);
const dataOf = async (userId: string) =>
  (await audit.entriesOf(userId)).map(({ dataJson }) => JSON.parse(dataJson)).reverse();
/** How often something was refused, by what the log says. */
const told = async (userId: string) =>
  (await dataOf(userId)).reduce((sum, { count }) => sum + (count ?? 1), 0);

describe("refusals of one user for one reason", () => {
  it("have ten entries a minute, and one that counts the others and says until when [R160]", async () => {
    const ada = randomUUID();
    const last = new Date(eventTime.getTime() + 5_000);
    for (let n = 0; n < 29; n++) await refuse(ada);
    await refuse(ada, { time: last });
    await due(ada);
    await expect.poll(() => told(ada), { timeout: 20_000 }).toBe(30);
    const data = await dataOf(ada);
    expect(data).toHaveLength(11);
    expect(data.at(-1)).toEqual({
      ...{
        userId: ada,
        method: "todo.task.v1.TaskService/GetTask",
        reason: "CREDENTIALS_EXPIRED",
        count: 20,
      },
      ...{ time: eventTime.toISOString(), untilTime: last.toISOString() },
    });
    expect(await audit.audit.verifyChain({}, await audit.as(ada))).toMatchObject({
      intact: true,
      entryCount: 11n,
    });
  });

  it("are counted apart by reason, by minute and by user", async () => {
    const [ada, bob] = [randomUUID(), randomUUID()];
    const later = new Date(eventTime.getTime() + 60_000);
    for (let n = 0; n < 8; n++) {
      await refuse(ada);
      await refuse(ada, { reason: "SCOPE_MISSING" });
      await refuse(ada, { time: later });
      await refuse(bob);
    }
    expect([(await dataOf(ada)).length, (await dataOf(bob)).length]).toEqual([24, 8]);
  });

  it("are not told before others of the minute could come, and then once", async () => {
    const ada = randomUUID();
    const time = new Date();
    for (let n = 0; n < 14; n++) await refuse(ada, { time });
    expect((await dataOf(ada)).every(({ count }) => count === undefined)).toBe(true);
    await due(ada);
    await expect.poll(() => told(ada), { timeout: 20_000 }).toBe(14);
  });

  it("are added up where they come counted", async () => {
    const ada = randomUUID();
    await refuse(ada, { count: 40 });
    await refuse(ada);
    await due(ada);
    await expect.poll(() => told(ada), { timeout: 20_000 }).toBe(41);
    expect((await dataOf(ada)).map(({ count }) => count)).toEqual([undefined, 40]);
  });

  it.each([
    [SignInFailedSchema, { emailHash: "00" }],
    [AccessRefusedSchema, { method: "todo.task.v1.TaskService/GetTask", reason: "TASK_NOT_FOUND" }],
  ])("are bounded too where they come as events: %o", async (desc, more) => {
    const ada = randomUUID();
    for (let n = 0; n < 13; n++) {
      const message = create(desc as typeof SignInFailedSchema, {
        ...{ userId: ada, time: timestampFromDate(eventTime) },
        ...more,
      });
      const draft = {
        topic: "task.audit",
        source: "identity",
        desc,
        message,
        userId: ada,
        subject: ada,
        key: ada,
      };
      const delivery = deliveryOf(recordOf(draft as Parameters<typeof recordOf>[0]));
      expect([await audit.deliver(delivery), await audit.deliver(delivery)]).toEqual(["SUCCESS", "SUCCESS"]);
    }
    await due(ada);
    await expect.poll(() => told(ada), { timeout: 20_000 }).toBe(13);
    expect(await dataOf(ada)).toHaveLength(11);
  });
});
