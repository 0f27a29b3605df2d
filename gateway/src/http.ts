import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of either HTTP version; Node gives both the same shape. */
export type Incoming = IncomingMessage | Http2ServerRequest;
/** A response of either HTTP version. */
export type Outgoing = ServerResponse | Http2ServerResponse;
export type HttpHandler = (request: Incoming, response: Outgoing) => void;

/** Whether nobody is there any more to take an answer. Node tells it of HTTP/2 by the stream alone. */
export function isGone(response: Outgoing): boolean {
  return "stream" in response ? response.stream.destroyed : response.destroyed;
}

/** The path without its query. */
export function pathOf(request: Incoming): string {
  return (request.url ?? "").split("?", 1)[0] ?? "";
}

/** A header's value; several of one name are joined as RFC 9110 section 5.3 has it. */
export function headerOf(request: Incoming, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** Answers at once and with all of it. A HEAD request gets the headers only. */
export function send(
  request: Incoming,
  response: Outgoing,
  status: number,
  contentType: string,
  body: string | Uint8Array,
): void {
  if (response.headersSent || isGone(response)) return;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.statusCode = status;
  response.setHeader("content-type", contentType);
  response.setHeader("content-length", String(bytes.byteLength));
  if (request.method === "HEAD") response.end();
  else response.end(bytes);
}
