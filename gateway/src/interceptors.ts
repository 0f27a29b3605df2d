import { randomUUIDv7 } from "node:crypto";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { Interceptor, UnaryRequest } from "@connectrpc/connect";
import { domainError, ErrorReason } from "@todo/kit/errors";
import type { Logger } from "@todo/kit/log";
import { callKey } from "#src/call.ts";
import { answerOf } from "#src/relay.ts";
import { nameOf, type Route } from "#src/routes.ts";

/** Lets nothing out but errors that a caller may see. */
export function seenErrors(log: Logger): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      throw answerOf(error, { requestId: request.contextValues.get(callKey).requestId, log });
    }
  };
}

/**
 * Gives a request that makes a change its `request_id`, so that every repetition on the way changes nothing more: the
 * caller's own, else the header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), else a fresh one.
 */
export function fillRequestId(routes: ReadonlyMap<string, Route>): Interceptor {
  return (next) => (request) => {
    const field = routes.get(nameOf(request.method))?.requestIdField;
    if (request.stream || field === undefined) return next(request);
    const message = reflect(request.method.input, request.message);
    if (!message.isSet(field)) message.set(field, idempotencyKey(request) ?? randomUUIDv7());
    return next(request);
  };
}

function idempotencyKey({ header }: UnaryRequest): string | undefined {
  const value = header.get("idempotency-key");
  if (value === null) return undefined;
  // By the draft a quoted string; without quotes by the habit of many clients.
  const key = /^"?([A-Za-z0-9_-]{8,64})"?$/.exec(value)?.[1];
  if (key !== undefined) return key;
  throw domainError(
    ErrorReason.REQUEST_INVALID,
    "Idempotency-Key: must be 8 to 64 letters, digits, hyphens or underscores",
  );
}
