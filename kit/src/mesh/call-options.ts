import type { DescMethod, Message } from "@bufbuild/protobuf";
import { Metadata } from "@grpc/grpc-js";
import { requestIdHeader } from "../assertion.ts";
import { streamsRequests, streamsResponses } from "../grpc/codec.ts";
import { toMetadata } from "../grpc/metadata.ts";
import { Idempotency, methodRule } from "../policy.ts";
import { currentRequest } from "../request-context.ts";
import { currentTraceparent } from "../trace.ts";

export type HeadersLike = NonNullable<ConstructorParameters<typeof Headers>[0]>;

/** The metadata of a call: the caller's headers, the mesh's own, the request's id and the trace. */
export function metadataOf(
  method: DescMethod,
  fixed: Readonly<Record<string, string>>,
  headers: HeadersLike | undefined,
): Metadata {
  const metadata = new Metadata();
  if (headers !== undefined) addHeaders(headers, metadata);
  for (const [name, value] of Object.entries(fixed)) metadata.set(name, value);
  // Without the mark a policy of the sidecar may cut a stream, refuse it or send its messages twice.
  if (streamsRequests(method) || streamsResponses(method)) metadata.set("dapr-stream", "true");
  const request = currentRequest();
  if (request !== undefined && metadata.get(requestIdHeader).length === 0) {
    metadata.set(requestIdHeader, request.requestId);
  }
  const traceparent = currentTraceparent();
  if (traceparent !== undefined) metadata.set("traceparent", traceparent);
  return metadata;
}

function addHeaders(headers: HeadersLike, metadata: Metadata): void {
  const plain = !(Symbol.iterator in headers);
  toMetadata(plain ? Object.entries(headers as Record<string, string>) : new Headers(headers), metadata);
}

/** Whether a call may be repeated without anybody noticing, by the method's rule. */
export function mayRepeat(method: DescMethod, request: Message): boolean {
  switch (methodRule(method).idempotency) {
    case Idempotency.READ_ONLY:
    case Idempotency.NATURAL:
      return true;
    case Idempotency.BY_REQUEST_ID:
      return "requestId" in request && typeof request.requestId === "string" && request.requestId !== "";
    default:
      return false;
  }
}
