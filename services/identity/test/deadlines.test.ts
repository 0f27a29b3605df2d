import { randomBytes, randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { personalToken } from "@todo/kit/personal-token";
import { blockTable } from "@todo/kit/testing/blocked-table";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startIdentity, type TestIdentity } from "./harness.ts";

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity[Symbol.asyncDispose]());

/** Half of what every statement may take, which would end it too. */
const beforeItsOwnLimit = 5_000;

it.each(["getProfile", "listTokens", "resolveToken", "listSessions"])(
  "ends %s with its deadline, and its statement with it [R097]",
  async (method) => {
    await using table = await blockTable(
      identity.config.databaseUrl,
      'identity."user", identity.token, identity.session',
    );
    const headers = await identity.keys.headers("identity", { userId: randomUUID() });
    const options = { headers, timeoutMs: 500 };
    const calls: Record<string, () => Promise<unknown>> = {
      getProfile: () => identity.profiles.getProfile({}, options),
      listTokens: () => identity.tokens.listTokens({}, options),
      listSessions: () => identity.sessions.listSessions({}, options),
      resolveToken: () => identity.tokens.resolveToken({ secret: personalToken(randomBytes(32)) }, options),
    };
    const error = ConnectError.from(await calls[method]?.().catch((thrown) => thrown));
    expect(error.code).toBe(Code.DeadlineExceeded);
    await expect.poll(() => table.waiting(), { timeout: beforeItsOwnLimit }).toBe(0);
  },
);
