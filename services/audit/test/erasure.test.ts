import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliveryOf, taskCreated, userErased } from "./delivery.ts";
import { type AuditFixture, startAudit } from "./fixture.ts";

let audit: AuditFixture;
beforeAll(async () => {
  audit = await startAudit();
});
afterAll(() => audit[Symbol.asyncDispose]());

describe("the erasure of a user", () => {
  it("empties the values of all entries while names and chain stay", async () => {
    const ada = randomUUID();
    await audit.deliver(deliveryOf(taskCreated(ada)));
    const [before] = await audit.entriesOf(ada);
    expect(await audit.deliver(deliveryOf(userErased(ada)))).toBe("SUCCESS");

    const [erased, created] = await audit.entriesOf(ada);
    expect(before?.dataJson).not.toBe("");
    expect(created).toEqual({ ...before, dataJson: "" });
    expect(erased).toMatchObject({ type: "todo.identity.v1.UserErased", dataJson: "" });
    expect(await audit.audit.verifyChain({}, await audit.as(ada))).toMatchObject({
      intact: true,
      entryCount: 2n,
    });
  });

  it("leaves nothing of the key", async () => {
    const ada = randomUUID();
    await audit.deliver(deliveryOf(taskCreated(ada)));
    await audit.deliver(deliveryOf(userErased(ada)));
    expect(await audit.sql("select wrapped from user_key where user_id = $1", [ada])).toEqual([
      { wrapped: null },
    ]);
  });

  it("keeps no value of what comes later, and makes no new key", async () => {
    const ada = randomUUID();
    await audit.deliver(deliveryOf(userErased(ada)));
    expect(await audit.deliver(deliveryOf(taskCreated(ada, { title: "Late" })))).toBe("SUCCESS");
    const [late] = await audit.entriesOf(ada);
    expect(late).toMatchObject({ number: 2n, type: "todo.task.v1.TaskCreated", dataJson: "" });
    expect(late?.fields).toContain("task.title");
    const rows = await audit.sql("select octet_length(sealed) as bytes from entry where user_id = $1", [ada]);
    expect(rows.map(({ bytes }) => bytes === 0).sort()).toEqual([false, true]);
    expect(await audit.audit.verifyChain({}, await audit.as(ada))).toMatchObject({ intact: true });
  });

  it("touches nobody else, and may be repeated", async () => {
    const [ada, bob] = [randomUUID(), randomUUID()];
    await audit.deliver(deliveryOf(taskCreated(bob, { title: "Kept" })));
    const erasure = userErased(ada);
    await audit.deliver(deliveryOf(erasure));
    expect(await audit.deliver(deliveryOf(erasure))).toBe("SUCCESS");
    expect((await audit.entriesOf(bob))[0]?.dataJson).toContain("Kept");
    expect(await audit.entriesOf(ada)).toHaveLength(1);
  });

  it("wins over events that come at the same time: none of their values can be read afterwards", async () => {
    const ada = randomUUID();
    const before = Array.from({ length: 10 }, () => deliveryOf(taskCreated(ada)));
    const after = Array.from({ length: 10 }, () => deliveryOf(taskCreated(ada)));
    const all = [...before, deliveryOf(userErased(ada)), ...after];
    const outcomes = await Promise.all(all.map(audit.deliver));
    expect(new Set(outcomes)).toEqual(new Set(["SUCCESS"]));
    const entries = await audit.entriesOf(ada);
    expect(entries).toHaveLength(21);
    expect(new Set(entries.map(({ dataJson }) => dataJson))).toEqual(new Set([""]));
    expect(await audit.audit.verifyChain({}, await audit.as(ada))).toMatchObject({ intact: true });
  });
});
