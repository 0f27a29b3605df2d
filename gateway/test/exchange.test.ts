import { once } from "node:events";
import { request } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ErrorBody, type Fixture, reasonIn, startFixture, until } from "./harness.ts";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture({ config: { corsOrigins: ["https://app.test"] } });
});
afterAll(() => fixture[Symbol.asyncDispose]());
beforeEach(() => {
  fixture.identity.failure = undefined;
  fixture.identity.asked.length = 0;
  fixture.identity.answer = () => ({ status: 200 });
});

const headersOf = () =>
  Object.fromEntries((fixture.identity.asked[0]?.headers ?? []).map(({ name, value }) => [name, value]));

describe("a request to /api/auth or /.well-known", () => {
  it("reaches identity with its method, path, body and the headers that it may carry [R090]", async () => {
    const body = JSON.stringify({ email: "a@b.test", password: "secret" });
    await fetch(`${fixture.url}/api/auth/sign-in/email?next=%2Fhome`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        cookie: "a=1; b=2",
        origin: "http://todo.test",
        "user-agent": "a browser",
        "accept-language": "de",
        authorization: "Bearer x",
        "x-forwarded-for": "6.6.6.6",
        "x-todo-client-address": "6.6.6.6",
        "x-real-ip": "6.6.6.6",
        "dapr-app-id": "audit",
        "todo-assertion": "forged",
      },
      body,
    });
    const [asked] = fixture.identity.asked;
    expect(asked).toMatchObject({
      method: "POST",
      path: "/api/auth/sign-in/email?next=%2Fhome",
      clientAddress: "127.0.0.1",
    });
    expect(Buffer.from(asked?.body ?? []).toString()).toBe(body);
    expect(headersOf()).toEqual({
      accept: "*/*",
      "accept-language": "de",
      authorization: "Bearer x",
      "content-type": "application/json",
      cookie: "a=1; b=2",
      origin: "http://todo.test",
      "user-agent": "a browser",
    });
  });

  it("gets identity's answer, every cookie apart, and no header that is nobody's business", async () => {
    fixture.identity.answer = () => ({
      status: 302,
      headers: [
        { name: "location", value: "/home" },
        { name: "set-cookie", value: "a=1; HttpOnly" },
        { name: "set-cookie", value: "b=2; Expires=Sat, 21 Nov 2026 12:00:00 GMT" },
        { name: "x-powered-by", value: "something" },
        { name: "access-control-allow-origin", value: "*" },
      ],
      body: Buffer.from("moved"),
    });
    const response = await fetch(`${fixture.url}/api/auth/callback`, { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("/home");
    expect(response.headers.getSetCookie()).toEqual([
      "a=1; HttpOnly",
      "b=2; Expires=Sat, 21 Nov 2026 12:00:00 GMT",
    ]);
    expect(response.headers.get("x-powered-by")).toBeNull();
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await response.text()).toBe("moved");
  });

  it("may ask for the keys and for what is well known", async () => {
    const keys = (await (await fetch(`${fixture.url}/api/auth/jwks`)).json()) as { keys: unknown[] };
    expect(keys.keys).toHaveLength(1);
    await fetch(`${fixture.url}/.well-known/openid-configuration`);
    expect(fixture.identity.asked.at(-1)?.path).toBe("/.well-known/openid-configuration");
  });

  it.each([
    "/api/auth/../secret",
    "/api/auth/%2e%2e/secret",
    "/.well-known/../../x",
    "/api/auth/..%2f../%2e%2e/x",
  ])("cannot lead elsewhere, as %s tries to", async (path) => {
    const { port } = fixture.gateway;
    const sending = request({ host: "127.0.0.1", port, path, method: "GET" });
    sending.end();
    const [response] = await once(sending, "response");
    response.resume();
    const paths = fixture.identity.asked.map((asked) => asked.path);
    expect(paths.filter((asked) => !/^\/(api\/auth|\.well-known)\/(?!.*%2e%2e\/)/i.test(asked))).toEqual([]);
    if (paths.length === 0) expect(response.statusCode).toBe(404);
  });

  it("is refused if it is larger than 64 KiB, as nobody has proved anything yet", async () => {
    const body = "x".repeat(65_537);
    const response = await fetch(`${fixture.url}/api/auth/sign-in/email`, { method: "POST", body });
    expect([response.status, reasonIn((await response.json()) as ErrorBody)]).toEqual([
      413,
      "REQUEST_TOO_LARGE",
    ]);
    expect(fixture.identity.asked).toEqual([]);
  });

  it("is answered 404 for a method that HTTP does not know, and 204 without a body for HEAD", async () => {
    const odd = await fetch(`${fixture.url}/api/auth/x`, { method: "PROPFIND" });
    fixture.identity.answer = () => ({ status: 200, body: Buffer.from("not for HEAD") });
    const head = await fetch(`${fixture.url}/api/auth/x`, { method: "HEAD" });
    expect([odd.status, head.status, await head.text()]).toEqual([404, 200, ""]);
  });

  it("is 503 while identity is away, and 500 without a word when it breaks", async () => {
    fixture.identity.failure = new ConnectError("10.0.0.7 is away", Code.Unavailable);
    const away = await fetch(`${fixture.url}/api/auth/x`);
    fixture.identity.failure = new Error("duplicate key users_pkey");
    const broken = await fetch(`${fixture.url}/api/auth/x`);
    expect([away.status, away.headers.get("retry-after"), broken.status]).toEqual([503, "1", 500]);
    expect(await away.text()).not.toContain("10.0.0.7");
    expect(await broken.text()).not.toContain("users_pkey");
  });

  it("is given up when its caller goes away", async () => {
    const seen: string[] = [];
    fixture.identity.answer = (_, signal) => {
      seen.push("asked");
      signal.addEventListener("abort", () => seen.push("given up"));
      return new Promise(() => undefined);
    };
    const gone = new AbortController();
    const call = fetch(`${fixture.url}/api/auth/slow`, { signal: gone.signal });
    await until(() => seen.length === 1);
    gone.abort();
    await expect(call).rejects.toThrow();
    await until(() => seen.includes("given up"));
  });
});

describe("pages of other origins", () => {
  const preflight = (origin: string, path = "/todo.task.v1.TaskService/GetTask") =>
    fetch(`${fixture.url}${path}`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,connect-protocol-version",
      },
    });

  it("may call if they are named, with a token but without cookies", async () => {
    const { status, headers } = await preflight("https://app.test");
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe("https://app.test");
    expect(headers.get("access-control-allow-headers")?.toLowerCase()).toMatch(
      /connect-protocol-version.*authorization.*idempotency-key/,
    );
    expect(headers.get("access-control-allow-methods")).toBe("POST, GET");
    expect(headers.get("access-control-max-age")).toBe("7200");
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    expect(headers.get("vary")).toBe("origin");
  });

  it("see what they need of an answer", async () => {
    const token = await fixture.identity.token();
    const response = await fetch(`${fixture.url}/todo.task.v1.TaskService/ListTasks`, {
      method: "POST",
      headers: {
        origin: "https://app.test",
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
      },
      body: "{}",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe("https://app.test");
    expect(response.headers.get("access-control-expose-headers")?.toLowerCase()).toMatch(
      /grpc-status.*x-request-id/,
    );
  });

  it.each(["https://evil.test", "https://app.test.evil.test", "null"])(
    "may not if they are %s",
    async (origin) => {
      const { headers } = await preflight(origin);
      expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    },
  );
});
