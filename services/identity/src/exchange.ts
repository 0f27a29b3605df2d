import { isIP } from "node:net";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type AuthService,
  type ExchangeRequest,
  type ExchangeResponse,
  ExchangeResponseSchema,
  type HttpHeaderSchema,
} from "@todo/proto/todo/identity/v1/auth_service";
import { fieldInvalid } from "./errors.ts";

/** The only header by which the provider learns the caller's address. Nobody but this file sets it. */
export const clientAddressHeader = "x-todo-client-address";

export interface AuthServiceDeps {
  /** The provider: one HTTP request in, one response out. */
  handle: (request: Request) => Promise<Response>;
  /** The origin under which the outside sees the provider. */
  publicUrl: string;
  /** Called when an exchange may have left an event in the outbox. */
  recorded: () => void;
}

export function createAuthService(deps: AuthServiceDeps): ServiceImpl<typeof AuthService> {
  return {
    async exchange(request, context) {
      const response = await deps.handle(toRequest(request, deps.publicUrl, context.signal));
      if (request.method !== "GET") deps.recorded();
      return fromResponse(response);
    },
  };
}

const offeredPaths = /^\/(api\/auth|\.well-known)\//;

function toRequest(message: ExchangeRequest, publicUrl: string, signal: AbortSignal): Request {
  const url = new URL(message.path, publicUrl);
  // The contract's pattern sees the path as it was sent; here `..` and its encodings are resolved.
  if (!offeredPaths.test(url.pathname)) throw fieldInvalid("path", "leads out of what is offered");
  const { method, body } = message;
  if (body.length === 0) return new Request(url, { method, headers: toHeaders(message), signal });
  if (method === "GET" || method === "HEAD") throw fieldInvalid("body", `${method} has no body`);
  return new Request(url, { method, headers: toHeaders(message), body: Buffer.from(body), signal });
}

/** What the provider reads. Everything else stays outside, above all every header that names an address or a host. */
const requestHeaders = new Set([
  "accept",
  "accept-language",
  "authorization",
  "content-type",
  "cookie",
  "origin",
  "referer",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "user-agent",
  "x-request-id",
]);

function toHeaders({ headers, clientAddress }: ExchangeRequest): Headers {
  const result = new Headers();
  for (const [index, { name, value }] of headers.entries()) {
    if (requestHeaders.has(name)) add(result, name, value, `headers[${index}].value`);
  }
  if (isIP(clientAddress) !== 0) result.set(clientAddressHeader, clientAddress);
  return result;
}

function add(headers: Headers, name: string, value: string, field: string): void {
  try {
    const before = headers.get(name);
    // HTTP/2 may split a cookie header, and unlike others it is not joined by commas (RFC 9113, 8.2.3).
    if (name === "cookie" && before !== null) headers.set(name, `${before}; ${value}`);
    else headers.append(name, value);
  } catch {
    throw fieldInvalid(field, "holds characters that a header cannot");
  }
}

/** Of one connection only (RFC 9110, 7.6.1), or counted anew by the gateway. */
const droppedHeaders = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

const mostBytes = 1024 * 1024;

async function fromResponse(response: Response): Promise<ExchangeResponse> {
  const body = new Uint8Array(await response.arrayBuffer());
  if (body.length > mostBytes) throw new Error(`the provider answered with ${body.length} bytes`);
  return create(ExchangeResponseSchema, {
    status: response.status,
    headers: fromHeaders(response.headers),
    body,
  });
}

function fromHeaders(headers: Headers): MessageInitShape<typeof HttpHeaderSchema>[] {
  // A Headers object yields each set-cookie apart.
  const result = [...headers].map(([name, value]) => ({ name, value }));
  const retryAfter = headers.get("x-retry-after");
  if (retryAfter !== null && !headers.has("retry-after"))
    result.push({ name: "retry-after", value: retryAfter });
  // Cookies and tokens are nothing to keep (RFC 6749, 5.1), and the provider does not say so.
  if (!headers.has("cache-control")) result.push({ name: "cache-control", value: "no-store" });
  return result.filter(({ name }) => !droppedHeaders.has(name));
}
