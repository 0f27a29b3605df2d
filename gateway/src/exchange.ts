import type { Client } from "@connectrpc/connect";
import { requestIdHeader } from "@todo/kit/assertion";
import { domainError, ErrorReason } from "@todo/kit/errors";
import type { Logger } from "@todo/kit/log";
import type { AuthService, ExchangeResponse } from "@todo/proto/todo/identity/v1/auth_service";
import type { FairAdmission } from "#src/admission.ts";
import { type Sessions, sessionCookieIn } from "#src/auth/session.ts";
import { bodyOf, readAll } from "#src/body.ts";
import type { Call } from "#src/call.ts";
import { networkOf } from "#src/client-address.ts";
import { headerOf, type Incoming, isGone, type Outgoing } from "#src/http.ts";
import { limits } from "#src/limits.ts";
import { relay } from "#src/relay.ts";

/** What the identity provider hears of a request. */
const requestHeaders = [
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
];

/** What the caller hears of an answer. */
const responseHeaders = new Set([
  "cache-control",
  "content-language",
  "content-type",
  "etag",
  "expires",
  "last-modified",
  "location",
  "retry-after",
  "set-auth-jwt",
  "set-auth-token",
  "set-cookie",
  "vary",
  "www-authenticate",
  "x-retry-after",
]);

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"];
const maxPathLength = 8192;

/** Whether a path belongs to the identity provider. */
export function isExchangePath(path: string): boolean {
  return path.startsWith("/api/auth/") || path.startsWith("/.well-known/");
}

/** Posts of the provider that look at no password. What is not named here may cost a hash. */
const withoutPassword = /^\/api\/auth\/(sign-out|revoke-[a-z-]+|update-(user|session))$/;

/** Whether a request may try a password, and so make identity work for a tenth of a second. */
export function triesPassword({ method, path }: { method: string; path: string }): boolean {
  const { pathname } = new URL(path, "http://gateway");
  const reads = method === "GET" || method === "HEAD" || method === "OPTIONS";
  return !reads && pathname.startsWith("/api/auth/") && !withoutPassword.test(pathname);
}

/** The way to the provider for one kind of requests: a client with its breaker, and the places. */
export interface ProviderBulkhead {
  client: Client<typeof AuthService>;
  places: FairAdmission;
}

/** Answers one HTTP request on behalf of the identity provider. */
export type Exchange = (request: Incoming, response: Outgoing, call: Call) => Promise<void>;

/**
 * Carries HTTP requests to the identity provider and its answers back.
 *
 * Only the named headers pass, either way. The caller's address is the one of the socket, whatever a header says.
 */
export function createExchange(o: {
  /** For requests that try a password: however many they are, those of the others are answered. */
  passwords: ProviderBulkhead;
  others: ProviderBulkhead;
  sessions: Sessions;
  log: Logger;
}): Exchange {
  return async (request, response, call) => {
    const message = await messageOf(request, call);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const options = {
      timeoutMs: limits.unaryDefaultMs,
      signal: gone.signal,
      headers: { [requestIdHeader]: call.requestId },
    };
    const { client, places } = triesPassword(message) ? o.passwords : o.others;
    call.slot.move(places, networkOf(call.clientAddress));
    const answer = await client
      .exchange(message, options)
      .catch((error: unknown) => {
        throw relay(error, { app: "identity", requestId: call.requestId, log: o.log });
      })
      .finally(() => call.slot.release());
    // Whatever else than reading the caller did there may have ended the session.
    const cookie =
      message.method === "GET" ? undefined : sessionCookieIn(headerOf(request, "cookie") ?? null);
    if (cookie !== undefined) o.sessions.forget(cookie);
    deliver(request, response, answer);
  };
}

async function messageOf(request: Incoming, call: Call) {
  const method = request.method ?? "";
  if (!methods.includes(method)) throw domainError(ErrorReason.METHOD_UNKNOWN, "no such HTTP method");
  const path = normalPath(request.url ?? "");
  const body = await readAll(bodyOf(request, limits.bodyMs), limits.providerRequestBytes);
  return { method, path, headers: headersOf(request), body, clientAddress: call.clientAddress };
}

/** Takes dots out of a path before it is looked at, so that none leads out of where it may lead. */
function normalPath(url: string): string {
  const { pathname, search } = new URL(url, "http://gateway");
  const path = pathname + search;
  if (!isExchangePath(pathname)) throw domainError(ErrorReason.METHOD_UNKNOWN, "no such path");
  if (path.length > maxPathLength) throw domainError(ErrorReason.REQUEST_TOO_LARGE, "the path is too long");
  return path;
}

function headersOf(request: Incoming): { name: string; value: string }[] {
  // Browsers send all of the fetch metadata or none. Node's fetch sends a mode alone, which would pass for a browser
  // that hides its origin, and be refused.
  const isBrowser = headerOf(request, "sec-fetch-site") !== undefined;
  return requestHeaders.flatMap((name) => {
    const value = name.startsWith("sec-fetch-") && !isBrowser ? undefined : headerOf(request, name);
    return value === undefined ? [] : [{ name, value }];
  });
}

function deliver(request: Incoming, response: Outgoing, answer: ExchangeResponse): void {
  if (isGone(response)) return;
  response.statusCode = answer.status;
  for (const { name, value } of answer.headers) {
    if (name === "set-cookie") response.appendHeader(name, value);
    else if (responseHeaders.has(name)) response.setHeader(name, value);
  }
  const bodiless = request.method === "HEAD" || answer.status === 204 || answer.status === 304;
  if (bodiless) response.end();
  else response.end(answer.body);
}
