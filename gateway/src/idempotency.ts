import { randomUUIDv7 } from "node:crypto";
import type { DescField } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { Interceptor, UnaryRequest } from "@connectrpc/connect";
import { type DomainError, domainError, ErrorReason } from "@todo/kit/errors";
import { Idempotency } from "@todo/kit/policy";
import { nameOf, type Route } from "#src/routes.ts";

/**
 * Gives a request that makes a change its `request_id`, so that every repetition on the way changes nothing more: the
 * caller's own, or the header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), else a fresh one.
 *
 * Where a key would promise what the method does not keep, it is refused.
 */
export function fillRequestId(routes: ReadonlyMap<string, Route>): Interceptor {
  return (next) => async (request) => {
    const route = routes.get(nameOf(request.method));
    if (request.stream || route === undefined) return next(request);
    const key = keyIn(request);
    if (route.requestIdField !== undefined) fill(request, route.requestIdField, key);
    else if (key !== undefined && route.rule.idempotency === Idempotency.UNSPECIFIED) {
      throw refusal("this method takes none, as each call of it has an effect of its own");
    }
    return next(request);
  };
}

function fill(request: UnaryRequest, field: DescField, key: string | undefined): void {
  const message = reflect(request.method.input, request.message);
  if (!message.isSet(field)) message.set(field, key ?? randomUUIDv7());
  else if (key !== undefined && message.get(field) !== key) {
    throw refusal("is another one than the request_id: send one of them, or the same");
  }
}

function keyIn({ header }: UnaryRequest): string | undefined {
  const value = header.get("idempotency-key");
  if (value === null) return undefined;
  // By the draft a quoted string; without quotes by the habit of many clients.
  const key = /^(?:"([A-Za-z0-9_-]{8,64})"|([A-Za-z0-9_-]{8,64}))$/.exec(value);
  if (key === null) throw refusal("must be 8 to 64 letters, digits, hyphens or underscores");
  return key[1] ?? key[2];
}

function refusal(text: string): DomainError {
  return domainError(ErrorReason.REQUEST_INVALID, `Idempotency-Key: ${text}`);
}
