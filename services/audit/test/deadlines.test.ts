import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { blockTable } from "@todo/kit/testing/blocked-table";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AuditFixture, startAudit } from "./fixture.ts";

let fixture: AuditFixture;
beforeAll(async () => {
  fixture = await startAudit();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** Half of what every statement may take, which would end it too. */
const beforeItsOwnLimit = 5_000;

it.each(["listEntries", "verifyChain"] as const)(
  "ends %s with its deadline, and its statement and transaction with it [R097]",
  async (method) => {
    await using table = await blockTable(fixture.config.databaseUrl, "audit.entry, audit.chain_head");
    const options = { ...(await fixture.as(randomUUID())), timeoutMs: 500 };
    const error = ConnectError.from(await fixture.audit[method]({}, options).catch((thrown) => thrown));
    expect(error.code).toBe(Code.DeadlineExceeded);
    await expect.poll(() => table.waiting(), { timeout: beforeItsOwnLimit }).toBe(0);
    const open = "select 1 from pg_stat_activity where application_name = 'audit' and xact_start is not null";
    const here = " and datname = current_database()";
    await expect.poll(() => fixture.sql(open + here), { timeout: beforeItsOwnLimit }).toEqual([]);
  },
);
