import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { readSpans, type Span } from "./otlp.ts";

/** Receives the spans of a running system, by OTLP over HTTP. */
export async function startCollector(): Promise<
  { endpoint: string; spans: readonly Span[]; bodies: readonly Uint8Array[] } & AsyncDisposable
> {
  const spans: Span[] = [];
  const bodies: Uint8Array[] = [];
  const server = createServer(async (request, response) => {
    const sent = await buffer(request);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    bodies.push(body);
    spans.push(...readSpans(body));
    response.setHeader("content-type", "application/x-protobuf").end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
