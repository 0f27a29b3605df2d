import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { isGone, type Outgoing } from "#src/http.ts";

/**
 * Writes an answer in one piece. It is complete then, however slowly its caller takes it, and what waits can be counted.
 */
export async function sendWhole(answer: UniversalServerResponse, response: Outgoing): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body ?? []) chunks.push(chunk);
  if (isGone(response)) return;
  response.statusCode = answer.status;
  answer.header?.forEach((value, name) => {
    response.setHeader(name, value);
  });
  // The trailers of gRPC are known when the body is.
  if (answer.trailer) response.addTrailers(Object.fromEntries(answer.trailer));
  response.end(Buffer.concat(chunks));
}
