import { randomUUIDv7 } from "node:crypto";
import { type Timestamp, timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { personalToken } from "@todo/kit/personal-token";
import { allScopes } from "@todo/kit/testing/keys";
import { BadRequestSchema } from "@todo/proto/google/rpc/error_details";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { grantableScopes } from "../src/token-rules.ts";
import { startIdentity, type TestIdentity } from "./harness.ts";

const dayMs = 24 * 60 * 60 * 1000;
const minuteMs = 60 * 1000;

let identity: TestIdentity;
let now = new Date();
let userId: string;
const pass = (ms: number) => {
  now = new Date(now.getTime() + ms);
};

beforeAll(async () => {
  identity = await startIdentity({ now: () => now });
});
afterAll(() => identity[Symbol.asyncDispose]());
beforeEach(async () => {
  userId = (await identity.browser().signUp({ zone: "Europe/Berlin", locale: "de" })).id;
});

async function as(id: string, scopes: readonly string[] = allScopes) {
  return { headers: await identity.keys.headers("identity", { userId: id, scopes }) };
}

const request = { name: "backup", scopes: ["tasks:read"] };
const make = async (o: { expireTime?: Timestamp } = {}) => {
  const { token, secret } = await identity.tokens.createToken({ ...request, ...o }, await as(userId));
  if (token === undefined) throw new Error("no token");
  return { id: token.id, token, secret };
};
const resolve = (secret: string) =>
  identity.tokens.resolveToken(
    { secret },
    { headers: { "dapr-api-token": identity.keys.appApiToken, "x-request-id": randomUUIDv7() } },
  );
const revoke = async (id: string, by = userId) => identity.tokens.revokeToken({ id }, await as(by));
const list = async (o: object = {}, by = userId) => identity.tokens.listTokens(o, await as(by));
const eventsOf = async (id: string) => (await identity.published()).filter(({ key }) => key === id);

async function refusal(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => {
      throw new Error("the call was not refused");
    },
    (error: ConnectError) => error,
  );
}

describe("making a token", () => {
  it("shows the secret once, and lasts 90 days unless it is told otherwise [R090]", async () => {
    const { token, secret } = await make();
    expect(secret).toMatch(/^todo_pat_/);
    expect(token).toMatchObject({ name: "backup", scopes: ["tasks:read"], hint: secret.slice(-4) });
    expect(timestampDate(token.expireTime as Timestamp)).toEqual(new Date(now.getTime() + 90 * dayMs));
    const { tokens } = await list();
    expect(tokens).toEqual([token]);
    expect(
      JSON.stringify(tokens, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
    ).not.toContain(secret.slice(9));
  });

  it("leaves no secret in the database, in an event or in a log [R104]", async () => {
    const { id, secret } = await make();
    await resolve(secret);
    const [row] = await identity.sql("select t::text as text, hash from identity.token t where id = $1", [
      id,
    ]);
    expect(row?.["hash"]).toHaveLength(32);
    const originals = (await identity.published()).map(({ original }) => Buffer.from(original).toString());
    for (const text of [String(row?.["text"]), originals.join(), identity.logged()]) {
      expect(text).not.toContain(secret.slice(9, -6));
    }
  });

  it.each<[string, object, string]>([
    ["a name of blanks", { name: "   " }, "name"],
    ["a name with control characters", { name: "a\u0007" }, "name"],
    ["a name that is too long", { name: "x".repeat(101) }, "name"],
    ["no scope", { scopes: [] }, "scopes"],
    ["a scope twice", { scopes: ["tasks:read", "tasks:read"] }, "scopes"],
    ["a scope that nobody knows", { scopes: ["tasks:read", "tasks:burn"] }, "scopes[1]"],
    ["the scope that makes tokens", { scopes: ["tokens:write"] }, "scopes[0]"],
    ["the scope that lists tokens", { scopes: ["tokens:read"] }, "scopes[0]"],
    ["the scope that ends sessions", { scopes: ["sessions:write"] }, "scopes[0]"],
    ["an end in the past", { expireTime: timestampFromDate(new Date(0)) }, "expire_time"],
    ["an end after more than 366 days", { expireTime: timestampFromDate(new Date(8e12)) }, "expire_time"],
  ])("refuses %s and names the field", async (_what, wrong, field) => {
    const error = await refusal(identity.tokens.createToken({ ...request, ...wrong }, await as(userId)));
    expect([error.code, reasonOf(error)]).toEqual([Code.InvalidArgument, "REQUEST_INVALID"]);
    const [found] = error.findDetails(BadRequestSchema);
    expect(found?.fieldViolations.map((violation) => violation.field)).toEqual([field]);
    expect((await list()).tokens).toEqual([]);
  });

  it("takes every scope that a method asks for, but those that are for the person alone", () => {
    expect([...grantableScopes].sort()).toEqual(
      allScopes.filter((scope) => !/^(tokens|sessions|account):/.test(scope)).sort(),
    );
  });

  it("gives no scope that the caller lacks, and none at all without the scope for it [R090]", async () => {
    for (const scopes of [["tokens:write", "tasks:write"], ["tasks:read"]]) {
      const error = await refusal(identity.tokens.createToken(request, await as(userId, scopes)));
      expect([error.code, reasonOf(error)]).toEqual([Code.PermissionDenied, "SCOPE_MISSING"]);
    }
  });

  it("stops at 50 that are in force, also when many are made at once", async () => {
    for (let n = 0; n < 45; n++) await make();
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => make()));
    const refused = outcomes.filter((one) => one.status === "rejected");
    expect(refused.map(({ reason }) => reasonOf(reason))).toEqual(Array(5).fill("TOKEN_QUOTA_EXCEEDED"));
    const [newest] = (await list({ pageSize: 1 })).tokens;
    await revoke(newest?.id ?? "");
    await make();
    expect(reasonOf(await refusal(make()))).toBe("TOKEN_QUOTA_EXCEEDED");
    pass(91 * dayMs);
    await make();
  });

  it("is not for a user who is gone", async () => {
    const error = await refusal(identity.tokens.createToken(request, await as(randomUUIDv7())));
    expect(reasonOf(error)).toBe("PROFILE_NOT_FOUND");
  });
});

describe("the list of tokens", () => {
  it("goes from the newest to the oldest, page by page", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await make()).id);
    const seen: string[] = [];
    for (let pageToken = "", pages = 0; pages === 0 || pageToken !== ""; pages++) {
      const page = await list({ pageSize: 2, pageToken });
      seen.push(...page.tokens.map(({ id }) => id));
      pageToken = page.nextPageToken;
    }
    expect(seen).toEqual(ids);
  });

  it("takes no page token of another user", async () => {
    await make();
    await make();
    const { nextPageToken: pageToken } = await list({ pageSize: 1 });
    const other = await identity.browser().signUp();
    const error = await refusal(list({ pageSize: 1, pageToken }, other.id));
    expect(reasonOf(error)).toBe("PAGE_TOKEN_INVALID");
  });

  it("keeps what has ended for 30 days", async () => {
    const { id } = await make();
    await revoke(id);
    pass(29 * dayMs);
    await make();
    expect((await list()).tokens.map((token) => token.id)).toContain(id);
    pass(2 * dayMs);
    await make();
    expect((await list()).tokens.map((token) => token.id)).not.toContain(id);
  });
});

describe("a secret", () => {
  it("tells whose it is and what it allows [R090]", async () => {
    const { secret, token } = await make();
    expect(await resolve(secret)).toMatchObject({
      userId,
      scopes: ["tasks:read"],
      zone: "Europe/Berlin",
      locale: "de",
      expireTime: token.expireTime,
    });
  });

  it("is refused when it was never given out, when it was revoked and when its time is over [R090]", async () => {
    const [revoked, expired] = [
      await make(),
      await make({ expireTime: timestampFromDate(new Date(+now + 1000)) }),
    ];
    await revoke(revoked.id);
    const reason = async (secret: string) => {
      const error = await refusal(resolve(secret));
      return [error.code, reasonOf(error)];
    };
    expect(await reason(personalToken(Buffer.alloc(32)))).toEqual([
      Code.Unauthenticated,
      "CREDENTIALS_INVALID",
    ]);
    expect(await reason(revoked.secret)).toEqual([Code.Unauthenticated, "CREDENTIALS_INVALID"]);
    await resolve(expired.secret);
    pass(1000);
    expect(await reason(expired.secret)).toEqual([Code.Unauthenticated, "CREDENTIALS_EXPIRED"]);
  });

  it("leaves the time of its use, to the minute", async () => {
    const { secret } = await make();
    const used = async () => {
      const time = (await list()).tokens[0]?.lastUseTime;
      return time && timestampDate(time);
    };
    expect(await used()).toBeUndefined();
    const first = now;
    await resolve(secret);
    expect(await used()).toEqual(first);
    pass(minuteMs - 1);
    await resolve(secret);
    expect(await used()).toEqual(first);
    pass(1);
    await resolve(secret);
    expect(await used()).toEqual(now);
  });

  it("means nothing any more when the account is erased", async () => {
    const { id, password } = await identity.browser().signUp();
    const { secret } = await identity.tokens.createToken(request, await as(id));
    await identity.accounts.eraseAccount({ password }, await as(id));
    expect(reasonOf(await refusal(resolve(secret)))).toBe("CREDENTIALS_INVALID");
    expect((await eventsOf(id)).at(-1)?.type).toBe("todo.identity.v1.UserErased");
  });
});

describe("revoking a token", () => {
  it("is told by one event, in the order of the user's events, however often it is done [R053]", async () => {
    const { id } = await make();
    const first = await revoke(id);
    pass(minuteMs);
    expect(await revoke(id)).toEqual(first);
    await identity.sql(`update identity."user" set name = 'Grace' where id = $1`, [userId]);
    const events = await eventsOf(userId);
    expect(events.map(({ type, subject }) => [type.slice("todo.identity.v1.".length), subject])).toEqual([
      ["UserCreated", userId],
      ["TokenCreated", id],
      ["TokenRevoked", id],
      ["UserProfileChanged", userId],
    ]);
    expect(events[1]?.data).toMatchObject({ userId, tokenId: id, scopes: ["tasks:read"] });
    const sequences = events.map(({ original }) => JSON.parse(Buffer.from(original).toString()).sequence);
    expect(sequences).toEqual(["1", "2", "3", "4"]);
  });
});

describe("while too many events wait for the broker", () => {
  it("no token is made, but every one can be revoked", async () => {
    const broker = Promise.withResolvers<void>();
    await using waiting = await startIdentity({ config: { outboxCap: 3 }, brokerReady: broker.promise });
    const { id } = await waiting.browser().signUp();
    const headers = await waiting.keys.headers("identity", { userId: id });
    const { token } = await waiting.tokens.createToken(request, { headers });
    await waiting.browser().signUp();
    const made = () => waiting.tokens.createToken(request, { headers }).then(() => "made", reasonOf);
    await expect.poll(made, { timeout: 20_000 }).toBe("OUTBOX_FULL");
    const revoked = await waiting.tokens.revokeToken({ id: token?.id ?? "" }, { headers });
    expect(revoked.token?.revokeTime).toBeDefined();
    broker.resolve();
  });
});
