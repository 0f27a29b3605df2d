import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { pageToken } from "@todo/kit/page";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliveryOf, taskCreated, userErased } from "./delivery.ts";
import { type AuditFixture, startAudit } from "./fixture.ts";

let audit: AuditFixture;
const ada = randomUUID();
const taskId = randomUUID();
beforeAll(async () => {
  audit = await startAudit();
  for (let i = 0; i < 7; i++) await audit.deliver(deliveryOf(taskCreated(ada)));
  await audit.deliver(deliveryOf(taskCreated(ada, { taskId })));
});
afterAll(() => audit[Symbol.asyncDispose]());

async function list(request: Parameters<typeof audit.audit.listEntries>[0], user = ada) {
  return audit.audit.listEntries(request, await audit.as(user));
}

async function failureOf(call: Promise<unknown>) {
  const error = ConnectError.from(
    await call.then(
      () => new Error("it succeeded"),
      (thrown) => thrown,
    ),
  );
  return { code: error.code, reason: reasonOf(error) };
}

const badToken = { code: Code.InvalidArgument, reason: "PAGE_TOKEN_INVALID" };

describe("ListEntries", () => {
  it("gives pages from the newest to the oldest, each entry once", async () => {
    const numbers: bigint[][] = [];
    let token = "";
    do {
      const page = await list({ pageSize: 3, pageToken: token });
      numbers.push(page.entries.map(({ number }) => number));
      token = page.nextPageToken;
    } while (token !== "");
    expect(numbers).toEqual([
      [8n, 7n, 6n],
      [5n, 4n, 3n],
      [2n, 1n],
    ]);
  });

  it("says that a page is the last one also when it is full", async () => {
    const page = await list({ pageSize: 8 });
    expect([page.entries.length, page.nextPageToken]).toEqual([8, ""]);
  });

  it("keeps a page in its place while entries are added", async () => {
    const bob = randomUUID();
    for (let i = 0; i < 3; i++) await audit.deliver(deliveryOf(taskCreated(bob)));
    const first = await list({ pageSize: 2 }, bob);
    await audit.deliver(deliveryOf(taskCreated(bob)));
    const second = await list({ pageSize: 2, pageToken: first.nextPageToken }, bob);
    expect(second.entries.map(({ number }) => number)).toEqual([1n]);
  });

  it("ends a page early when its entries are large", async () => {
    const bob = randomUUID();
    const description = "ü".repeat(10_000);
    for (let i = 0; i < 60; i++) await audit.deliver(deliveryOf(taskCreated(bob, { description })));
    const page = await list({ pageSize: 100 }, bob);
    expect(page.entries.length).toBeGreaterThan(40);
    expect(page.entries.length).toBeLessThan(60);
    const rest = await list({ pageSize: 100, pageToken: page.nextPageToken }, bob);
    expect(rest.entries.length + page.entries.length).toBe(60);
  });

  it("filters by subject and by type", async () => {
    const bob = randomUUID();
    await audit.deliver(deliveryOf(taskCreated(bob, { taskId })));
    await audit.deliver(deliveryOf(userErased(bob)));
    const typesOf = async (filter: { subject?: string; type?: string }) =>
      (await list(filter, bob)).entries.map(({ type }) => type.split(".").at(-1));
    expect(await typesOf({ subject: taskId })).toEqual(["TaskCreated"]);
    expect(await typesOf({ subject: randomUUID() })).toEqual([]);
    expect(await typesOf({ type: "todo.identity.v1.UserErased" })).toEqual(["UserErased"]);
    expect(await typesOf({ subject: taskId, type: "todo.identity.v1.UserErased" })).toEqual([]);
    expect(await typesOf({})).toEqual(["UserErased", "TaskCreated"]);
  });

  it("shows nothing of anybody else, not by subject either", async () => {
    const eve = randomUUID();
    expect((await list({}, eve)).entries).toEqual([]);
    expect((await list({ subject: taskId }, eve)).entries).toEqual([]);
  });

  it("shows nothing of anybody else even with the row security of the database switched off", async () => {
    await audit.sql("alter table entry disable row level security");
    const eve = randomUUID();
    expect((await list({}, eve)).entries).toEqual([]);
    const verdict = await audit.audit.verifyChain({}, await audit.as(eve));
    expect(verdict).toMatchObject({ intact: true, entryCount: 0n });
    await audit.sql("alter table entry enable row level security");
  });

  it("refuses a token of another user, filter or making", async () => {
    const { nextPageToken } = await list({ pageSize: 3 });
    const eve = randomUUID();
    expect(await failureOf(list({ pageToken: nextPageToken }, eve))).toEqual(badToken);
    expect(await failureOf(list({ pageToken: nextPageToken, subject: taskId }))).toEqual(badToken);
    expect(await failureOf(list({ pageToken: nextPageToken, type: "x" }))).toEqual(badToken);
    expect(await failureOf(list({ pageToken: `${nextPageToken}A` }))).toEqual(badToken);
    expect(await failureOf(list({ pageToken: "%%%" }))).toEqual(badToken);
  });

  it.each([[[]], [["x"]], [[-1]], [["1 or 1=1"]], [["99999999999999999999"]], [[null]]])(
    "refuses a token whose position is %j",
    async (position) => {
      const token = pageToken(["ListEntries", ada, "", ""], position);
      expect(await failureOf(list({ pageToken: token }))).toEqual(badToken);
    },
  );

  it("refuses what breaks the contract", async () => {
    const invalid = { code: Code.InvalidArgument, reason: "REQUEST_INVALID" };
    expect(await failureOf(list({ pageSize: 101 }))).toEqual(invalid);
    expect(await failureOf(list({ type: "drop table" }))).toEqual(invalid);
  });

  it("asks for a user", async () => {
    expect(await failureOf(audit.audit.listEntries({}))).toMatchObject({ code: Code.Unauthenticated });
    expect(await failureOf(audit.audit.verifyChain({}))).toMatchObject({ code: Code.Unauthenticated });
  });
});
