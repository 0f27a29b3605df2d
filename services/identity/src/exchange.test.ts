import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { DomainError, ErrorReason } from "@todo/kit/errors";
import { ExchangeRequestSchema, type ExchangeResponse } from "@todo/proto/todo/identity/v1/auth_service";
import { describe, expect, it } from "vitest";
import { clientAddressHeader, createAuthService } from "./exchange.ts";

const context = { signal: new AbortController().signal } as HandlerContext;

/** Sends one exchange to a provider that answers with `answer` and remembers what it was asked. */
async function exchange(
  request: MessageInitShape<typeof ExchangeRequestSchema>,
  answer: () => Response = () => new Response(null, { status: 204 }),
) {
  const asked: Request[] = [];
  let recorded = 0;
  const service = createAuthService({
    handle: async (found) => {
      asked.push(found);
      return answer();
    },
    publicUrl: "https://todo.example",
    recorded: () => recorded++,
  });
  const message = create(ExchangeRequestSchema, { method: "GET", path: "/api/auth/ok", ...request });
  const response = (await service.exchange(message, context)) as ExchangeResponse;
  return { asked, response, recorded };
}

describe("an exchange", () => {
  it("reaches the provider under the public URL with method, query, body and what it reads of the headers", async () => {
    const { asked } = await exchange({
      method: "POST",
      path: "/api/auth/sign-in/email?a=1",
      headers: [
        { name: "content-type", value: "application/json" },
        { name: "x-request-id", value: "request-1" },
      ],
      body: new TextEncoder().encode('{"email":"ada@todo.example"}'),
    });
    expect(asked[0]).toMatchObject({
      method: "POST",
      url: "https://todo.example/api/auth/sign-in/email?a=1",
    });
    expect(asked[0]?.headers.get("x-request-id")).toBe("request-1");
    expect(await asked[0]?.json()).toEqual({ email: "ada@todo.example" });
  });

  it("takes the caller's address from the gateway alone and drops every header that names one", async () => {
    const forged = [
      "x-forwarded-for",
      "forwarded",
      "x-real-ip",
      clientAddressHeader,
      "host",
      "x-forwarded-host",
    ];
    const { asked } = await exchange({
      headers: forged.map((name) => ({ name, value: "203.0.113.9" })),
      clientAddress: "192.0.2.7",
    });
    expect([...(asked[0]?.headers ?? [])]).toEqual([[clientAddressHeader, "192.0.2.7"]]);
  });

  it("passes no address that is none", async () => {
    const { asked } = await exchange({ clientAddress: "192.0.2.7, 203.0.113.9" });
    expect([...(asked[0]?.headers ?? [])]).toEqual([]);
  });

  it("joins a split cookie header with semicolons", async () => {
    const { asked } = await exchange({
      headers: [
        { name: "cookie", value: "a=1" },
        { name: "cookie", value: "b=2" },
      ],
    });
    expect(asked[0]?.headers.get("cookie")).toBe("a=1; b=2");
  });

  it("brings status, headers and body back, each cookie on its own", async () => {
    const { response } = await exchange({}, () => {
      const headers = new Headers({ "content-type": "text/plain", "content-length": "2" });
      headers.append("set-cookie", "a=1; Path=/");
      headers.append("set-cookie", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT");
      return new Response("hi", { status: 418, headers });
    });
    expect(response.status).toBe(418);
    expect(new TextDecoder().decode(response.body)).toBe("hi");
    expect(response.headers.map(({ name, value }) => [name, value])).toEqual([
      ["content-type", "text/plain"],
      ["set-cookie", "a=1; Path=/"],
      ["set-cookie", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"],
      ["cache-control", "no-store"],
    ]);
  });

  it("tells a limited caller when to come back in the standard header too", async () => {
    const { response } = await exchange(
      {},
      () => new Response(null, { status: 429, headers: { "x-retry-after": "9" } }),
    );
    expect(response.headers.map(({ name, value }) => [name, value])).toContainEqual(["retry-after", "9"]);
  });

  it("wakes the relay after what may have changed something", async () => {
    expect((await exchange({ method: "POST" })).recorded).toBe(1);
    expect((await exchange({ method: "GET" })).recorded).toBe(0);
  });

  it.each([
    ["a path that climbs out", { path: "/api/auth/../../admin" }, "path"],
    ["a path that climbs out in disguise", { path: "/api/auth/%2e%2e/%2E%2e/admin" }, "path"],
    ["a path that climbs out backwards", { path: "/api/auth/\\..\\..\\admin" }, "path"],
    ["a body where there is none", { body: new Uint8Array(1) }, "body"],
    [
      "a header that no header can be",
      { headers: [{ name: "cookie", value: "a\u0000b" }] },
      "headers[0].value",
    ],
  ])("refuses %s before the provider sees it", async (_what, request, field) => {
    const refusal = await exchange(request).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DomainError);
    expect(refusal).toMatchObject({
      reason: ErrorReason.REQUEST_INVALID,
      details: [{ value: { fieldViolations: [{ field }] } }],
    });
  });

  it("does not carry more than 1 MiB back", async () => {
    const tooMuch = () => new Response(new Uint8Array(1024 * 1024 + 1));
    await expect(exchange({}, tooMuch)).rejects.toThrow("1048577 bytes");
  });
});
