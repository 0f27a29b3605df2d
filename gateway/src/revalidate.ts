import { createHash } from "node:crypto";
import {
  createAsyncIterable,
  type UniversalServerRequest,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";

/**
 * Lets a browser keep the answer of a Connect GET and ask with its ETag whether it still holds (RFC 9110 section 13).
 *
 * The answer is private to its caller. One that has not changed is answered with 304 and no body.
 */
export async function revalidate(
  request: Pick<UniversalServerRequest, "method" | "header">,
  response: UniversalServerResponse,
): Promise<UniversalServerResponse> {
  if (request.method !== "GET" || response.status !== 200 || !response.body) return response;
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  const etag = `"${hash.digest("base64url")}"`;
  const header = new Headers(response.header);
  header.set("etag", etag);
  header.set("cache-control", "private, no-cache");
  header.set("vary", "authorization, cookie, origin, accept-encoding");
  if (!matches(request.header.get("if-none-match"), etag)) {
    return { ...response, header, body: createAsyncIterable(chunks) };
  }
  for (const name of ["content-type", "content-length", "content-encoding"]) header.delete(name);
  return { status: 304, header };
}

function matches(ifNoneMatch: string | null, etag: string): boolean {
  const candidates = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return candidates.includes(etag) || candidates.includes("*");
}
