import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { reasonOf } from "@todo/kit/errors";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { foreignToken } from "./fake-identity.ts";
import { bearer, type Fixture, post, publicUrl, reasonIn, startFixture, until } from "./harness.ts";

let fixture: Fixture;
const call = (headers: Record<string, string>, method = "GetTask") =>
  post(fixture.url, method, method === "CreateTask" ? { title: "a" } : { id: randomUUID() }, headers);

beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture[Symbol.asyncDispose]());

describe("a caller without usable credentials", () => {
  const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

  const tokens: Record<string, [string, () => Promise<Record<string, string>> | Record<string, string>]> = {
    "none at all": ["CREDENTIALS_MISSING", () => ({})],
    "a password": ["CREDENTIALS_INVALID", () => ({ authorization: "Basic dXNlcjpwYXNz" })],
    "an empty bearer": ["CREDENTIALS_INVALID", () => ({ authorization: "Bearer " })],
    "no token at all": ["CREDENTIALS_INVALID", () => bearer("garbage")],
    "three dots": ["CREDENTIALS_INVALID", () => bearer("a.b.c")],
    "alg none": [
      "CREDENTIALS_INVALID",
      async () => {
        const [, claims] = (await fixture.identity.token()).split(".");
        return bearer(`${segment({ alg: "none" })}.${claims}.`);
      },
    ],
    "no signature": [
      "CREDENTIALS_INVALID",
      async () => bearer((await fixture.identity.token()).replace(/[^.]*$/, "")),
    ],
    "a changed claim": [
      "CREDENTIALS_INVALID",
      async () => {
        const [header, , signature] = (await fixture.identity.token()).split(".");
        const claims = { iss: publicUrl, aud: publicUrl, sub: "x", exp: 9999999999, scope: "tasks:read" };
        return bearer(`${header}.${segment(claims)}.${signature}`);
      },
    ],
    "the public key used as a shared secret": [
      "CREDENTIALS_INVALID",
      async () => {
        const jwks = await fetch(`${fixture.url}/api/auth/jwks`);
        const { keys } = (await jwks.json()) as { keys: { kid: string; x: string }[] };
        const [header, , claims] = [
          segment({ alg: "HS256", kid: keys[0]?.kid }),
          0,
          segment({ iss: publicUrl, aud: publicUrl, sub: "x", exp: 9999999999, scope: "tasks:read" }),
        ];
        const secret = Buffer.from(keys[0]?.x ?? "", "base64url");
        const mac = createHmac("sha256", secret).update(`${header}.${claims}`).digest("base64url");
        return bearer(`${header}.${claims}.${mac}`);
      },
    ],
    "a foreign key": ["CREDENTIALS_INVALID", async () => bearer(await foreignToken(publicUrl))],
    "a foreign key under a known id": [
      "CREDENTIALS_INVALID",
      async () => {
        const header = (await fixture.identity.token()).split(".")[0] ?? "";
        const { kid } = JSON.parse(Buffer.from(header, "base64url").toString());
        return bearer(await foreignToken(publicUrl, {}, kid));
      },
    ],
    "another audience": [
      "CREDENTIALS_INVALID",
      async () => bearer(await fixture.identity.token({ aud: "https://other.test" })),
    ],
    "another issuer": [
      "CREDENTIALS_INVALID",
      async () => bearer(await fixture.identity.token({ iss: "https://other.test" })),
    ],
    "no subject": ["CREDENTIALS_INVALID", async () => bearer(await fixture.identity.token({ sub: "" }))],
    "no end": [
      "CREDENTIALS_INVALID",
      async () => bearer(await fixture.identity.token({ exp: undefined } as never)),
    ],
    "a time that has not come": [
      "CREDENTIALS_INVALID",
      async () => bearer(await fixture.identity.token({ nbf: Date.now() / 1000 + 120 })),
    ],
    "a time that is over": [
      "CREDENTIALS_EXPIRED",
      async () => bearer(await fixture.identity.token({ exp: Math.floor(Date.now() / 1000) - 60 })),
    ],
  };

  it.each(Object.entries(tokens))("with %s is UNAUTHENTICATED [R090]", async (_name, [reason, headers]) => {
    const { status, body, headers: answered } = await call(await headers());
    expect({ status, code: body.code, reason: reasonIn(body) }).toEqual({
      status: 401,
      code: "unauthenticated",
      reason,
    });
    expect(answered.get("www-authenticate")).toBe("Bearer");
    expect(fixture.received).toEqual([]);
  });

  it("is told so over gRPC too", async () => {
    const client = createClient(TaskService, createGrpcTransport({ baseUrl: fixture.url }));
    const error = await client.getTask({ id: randomUUID() }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: Code.Unauthenticated, rawMessage: "sign in first" });
    expect(reasonOf(error as never)).toBe("CREDENTIALS_MISSING");
  });

  it("is refused before a byte of the body is read", async () => {
    const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
    const open = request(`${fixture.url}/todo.task.v1.TaskService/GetTask`, { method: "POST", headers });
    open.flushHeaders();
    const [response] = (await once(open, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(401);
    open.destroy();
  });
});

describe("a token", () => {
  it("is good for 30 seconds longer than it says, for clocks that differ", async () => {
    const token = await fixture.identity.token({ exp: Math.floor(Date.now() / 1000) - 20 });
    expect((await call(bearer(token))).status).toBe(200);
  });

  it("is no longer good once its time is over, however often it was used before", async () => {
    const token = await fixture.identity.token();
    expect((await call(bearer(token))).status).toBe(200);
    expect((await call(bearer(token))).status).toBe(200);
    fixture.clock.now = new Date(fixture.clock.now.getTime() + 631_000);
    expect(reasonIn((await call(bearer(token))).body)).toBe("CREDENTIALS_EXPIRED");
  });

  it("opens only what its scope names", async () => {
    const token = await fixture.identity.token({ scope: "tasks:read" });
    expect((await call(bearer(token))).status).toBe(200);
    const { status, body } = await call(bearer(token), "CreateTask");
    expect([status, body.code, reasonIn(body)]).toEqual([403, "permission_denied", "SCOPE_MISSING"]);
    expect(body.message).toBe("scope tasks:write is missing");
  });

  it("without a scope opens nothing", async () => {
    const token = await fixture.identity.token({ scope: undefined });
    expect((await call(bearer(token))).status).toBe(403);
  });
});

describe("the keys of identity", () => {
  it("are fetched once for many calls, and again when a new key appears", async () => {
    const token = await fixture.identity.token();
    await Promise.all(Array.from({ length: 20 }, () => call(bearer(token))));
    expect(fixture.identity.askedFor("/api/auth/jwks")).toBe(1);
    await fixture.identity.rotate();
    fixture.clock.now = new Date(fixture.clock.now.getTime() + 31_000);
    expect((await call(bearer(await fixture.identity.token()))).status).toBe(200);
    expect((await call(bearer(token))).status).toBe(200);
    expect(fixture.identity.askedFor("/api/auth/jwks")).toBe(2);
  });

  it("are not asked for by every token that names an unknown one", async () => {
    await call(bearer(await fixture.identity.token()));
    fixture.clock.now = new Date(fixture.clock.now.getTime() + 31_000);
    const storm = await Promise.all(
      Array.from({ length: 50 }, async () => call(bearer(await foreignToken(publicUrl)))),
    );
    expect(new Set(storm.map(({ status }) => status))).toEqual(new Set([401]));
    expect(fixture.identity.askedFor("/api/auth/jwks")).toBe(2);
  });

  it("stay in use while identity is away", async () => {
    const token = await fixture.identity.token();
    await call(bearer(token));
    fixture.identity.failure = new Error("broken");
    fixture.clock.now = new Date(fixture.clock.now.getTime() + 599_000);
    expect((await call(bearer(await fixture.identity.token()))).status).toBe(200);
    fixture.clock.now = new Date(fixture.clock.now.getTime() + 3_600_000);
    expect((await call(bearer(await fixture.identity.token()))).status).toBe(200);
    expect(fixture.identity.askedFor("/api/auth/jwks")).toBe(2);
  });

  it("are missed with UNAVAILABLE, not with a refusal", async () => {
    await using other = await startFixture({ addresses: { identity: "127.0.0.1:1" } });
    const token = await other.identity.token();
    const { status, headers, body } = await post(other.url, "GetTask", { id: randomUUID() }, bearer(token));
    expect([status, reasonIn(body)]).toEqual([503, "DEPENDENCY_UNAVAILABLE"]);
    expect(headers.get("retry-after")).toBe("1");
  });
});

describe("a session cookie", () => {
  const own = { "sec-fetch-site": "same-origin" };
  const cookie = { cookie: "theme=dark; todo.session_token=abc; tracking=1" };
  let userId: string;

  beforeEach(() => {
    userId = randomUUID();
    fixture.identity.sessions.set("abc", userId);
  });

  it.each<[string, Record<string, string>]>([
    ["a page of ours", own],
    ["the user's own hand", { "sec-fetch-site": "none" }],
    ["a page of ours in an old browser", { origin: publicUrl }],
  ])("speaks for its user if %s sent it", async (_who, headers) => {
    expect((await call({ ...cookie, ...headers })).status).toBe(200);
    expect(fixture.received.at(-1)?.principal?.userId).toBe(userId);
  });

  it.each<[string, Record<string, string>]>([
    ["a foreign page", { "sec-fetch-site": "cross-site", origin: "https://evil.test" }],
    ["a page of a neighbour", { "sec-fetch-site": "same-site", origin: "http://blog.todo.test" }],
    ["a foreign page that claims our origin", { "sec-fetch-site": "cross-site", origin: publicUrl }],
    ["a foreign page in an old browser", { origin: "https://evil.test" }],
    ["nobody knows who", {}],
  ])("is ignored if %s sent it", async (_who, headers) => {
    expect(reasonIn((await call({ ...cookie, ...headers })).body)).toBe("CREDENTIALS_MISSING");
    expect(fixture.identity.askedFor("/api/auth/token")).toBe(0);
  });

  it("is shown to identity alone, without the cookies beside it, and once a minute", async () => {
    for (let i = 0; i < 5; i++) await call({ ...cookie, ...own });
    expect(fixture.identity.askedFor("/api/auth/token")).toBe(1);
    const asked = fixture.identity.asked.find(({ path }) => path === "/api/auth/token");
    expect(asked?.headers.find(({ name }) => name === "cookie")?.value).toBe("todo.session_token=abc");
    fixture.clock.now = new Date(fixture.clock.now.getTime() + 60_000);
    await call({ ...cookie, ...own });
    expect(fixture.identity.askedFor("/api/auth/token")).toBe(2);
  });

  it("of a session that is over is refused", async () => {
    fixture.identity.sessions.clear();
    expect(reasonIn((await call({ ...cookie, ...own })).body)).toBe("CREDENTIALS_INVALID");
  });

  it("means nothing any more as soon as its owner signed out here", async () => {
    await call({ ...cookie, ...own });
    fixture.identity.answer = () => {
      fixture.identity.sessions.clear();
      return { status: 200 };
    };
    await fetch(`${fixture.url}/api/auth/sign-out`, { method: "POST", headers: { ...cookie, ...own } });
    expect((await call({ ...cookie, ...own })).status).toBe(401);
  });

  it("counts less than a token", async () => {
    const token = await fixture.identity.token({ exp: 1 });
    expect(reasonIn((await call({ ...cookie, ...own, ...bearer(token) })).body)).toBe("CREDENTIALS_EXPIRED");
  });
});

describe("the audit log", () => {
  it("hears of refused tokens and missing scopes, with the user where one is known", async () => {
    const userId = randomUUID();
    const expired = await fixture.identity.token({ sub: userId, exp: 1 });
    const narrow = await fixture.identity.token({ sub: userId, scope: "profile:read" });
    await call({ ...bearer("garbage"), "x-request-id": "refused-0001" });
    await call({ ...bearer(expired), "x-request-id": "refused-0002" });
    await call({ ...bearer(narrow), "x-request-id": "refused-0003" });
    await until(() => fixture.refusals.length === 3);
    const method = "todo.task.v1.TaskService/GetTask";
    expect(fixture.refusals).toMatchObject([
      { userId: "", method, reason: "CREDENTIALS_INVALID", requestId: "refused-0001" },
      { userId, method, reason: "CREDENTIALS_EXPIRED", requestId: "refused-0002" },
      { userId, method, reason: "SCOPE_MISSING", requestId: "refused-0003" },
    ]);
  });

  it("does not hear of callers who showed nothing", async () => {
    await call({});
    await call(bearer("garbage"));
    await until(() => fixture.refusals.length === 1);
    expect(fixture.refusals[0]?.reason).toBe("CREDENTIALS_INVALID");
  });
});

it("never writes a token or a cookie into its log", async () => {
  const token = await fixture.identity.token();
  await call({ ...bearer(token), cookie: "todo.session_token=topsecret" });
  await call(bearer(`${token}x`));
  await until(() => fixture.logged().split("TaskService/GetTask").length > 2);
  expect(fixture.logged()).not.toContain(token.split(".")[2]);
  expect(fixture.logged()).not.toContain("topsecret");
});
