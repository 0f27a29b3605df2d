import { Code, ConnectError } from "@connectrpc/connect";
import { domainError, ErrorReason, toConnectError } from "@todo/kit/errors";
import type { Incoming, Outgoing } from "#src/http.ts";

/**
 * Reads and forgets what a peer still sends after it was answered, so that it comes to hear the answer. A stream that
 * is still open `withinMs` later is closed (RFC 9113 section 8.1); HTTP/1.1 has the listener's limit for that.
 */
export function drainAfterAnswer(request: Incoming, response: Outgoing, withinMs: number): void {
  if (!("stream" in response)) {
    response.once("finish", () => request.resume());
    return;
  }
  const { stream } = response;
  stream.once("finish", () => {
    request.resume();
    const patience = setTimeout(() => stream.close(), withinMs);
    stream.once("close", () => clearTimeout(patience));
  });
}

/** Gives up an answer that is complete, but that nobody takes: the place of its call is needed. */
export function cutUntaken(response: Outgoing, withinMs: number): void {
  let wasComplete = false;
  const check = setInterval(() => {
    if (wasComplete) response.destroy();
    wasComplete = response.writableEnded;
  }, withinMs);
  check.unref();
  response.once("close", () => clearInterval(check));
}

/**
 * The body of a request, all of it within `withinMs`. Throws DEADLINE_PASSED.
 *
 * Who stops reading early does not cut the connection, so that the peer still hears why.
 */
export async function* bodyOf(
  request: Incoming,
  withinMs: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => undefined);
  const error = () => domainError(ErrorReason.DEADLINE_PASSED, "the request took too long to arrive");
  // The RPC framework knows no errors but its own.
  const timer = setTimeout(() => late.reject(toConnectError(error())), withinMs);
  const chunks: AsyncIterator<Uint8Array> = request
    .iterator({ destroyOnReturn: false })
    [Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([chunks.next(), late.promise]);
      if (next.done) {
        // Node ends the body of a stream that was reset as if it were all of it.
        if (request.aborted) throw new ConnectError("cancelled", Code.Canceled);
        return;
      }
      yield next.value;
    }
  } finally {
    clearTimeout(timer);
    // Not awaited: a peer that keeps silent would never let it end.
    void chunks.return?.()?.catch(() => undefined);
  }
}

/** All of a body at once. Throws REQUEST_TOO_LARGE, or DEADLINE_PASSED. */
export async function readAll(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw domainError(ErrorReason.REQUEST_TOO_LARGE, `request is larger than ${sizeText(maxBytes)}`);
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts, size);
}

function sizeText(bytes: number): string {
  const [kib, mib] = [bytes / 2 ** 10, bytes / 2 ** 20];
  if (mib >= 1) return `${mib} MiB`;
  return kib >= 1 ? `${kib} KiB` : `${bytes} bytes`;
}
