import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { readSpans, type Span } from "./otlp.ts";

/** Receives the spans of a running system, by OTLP over HTTP. */
export async function startCollector(): Promise<
  { endpoint: string; spans: readonly Span[] } & AsyncDisposable
> {
  const spans: Span[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    spans.push(...readSpans(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body));
    response.setHeader("content-type", "application/x-protobuf").end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
