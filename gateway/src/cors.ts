import { cors } from "@connectrpc/connect";
import { headerOf, type Incoming, type Outgoing } from "#src/http.ts";

const allowedHeaders = [
  ...cors.allowedHeaders,
  "Authorization",
  "Idempotency-Key",
  "X-Request-Id",
  "Traceparent",
];
const exposedHeaders = [
  ...cors.exposedHeaders,
  "X-Request-Id",
  "Retry-After",
  "RateLimit",
  "RateLimit-Policy",
  "ETag",
  "Set-Auth-Token",
];

/**
 * Lets pages of the named origins call with a token. Cookies are never allowed across origins.
 *
 * Returns true if the request was a preflight, which is answered then.
 */
export function handleCors(request: Incoming, response: Outgoing, origins: ReadonlySet<string>): boolean {
  const origin = headerOf(request, "origin");
  response.setHeader("vary", "origin");
  if (origin === undefined || !origins.has(origin)) return false;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", exposedHeaders.join(", "));
  response.setHeader("cross-origin-resource-policy", "cross-origin");
  if (request.method !== "OPTIONS" || headerOf(request, "access-control-request-method") === undefined)
    return false;
  response.setHeader("access-control-allow-methods", cors.allowedMethods.join(", "));
  response.setHeader("access-control-allow-headers", allowedHeaders.join(", "));
  response.setHeader("access-control-max-age", "7200");
  response.statusCode = 204;
  response.end();
  return true;
}
