import type { DescMessage, Message } from "@bufbuild/protobuf";
import type { Interceptor, StreamRequest } from "@connectrpc/connect";
import { requestInvalid } from "../errors.ts";
import { violationsOf } from "../rules/violations.ts";
import { checkEach } from "./iterable.ts";

/**
 * Refuses requests that break a rule of their contract, with every violation and its path. `outside`: also those that say
 * what nobody would hear.
 */
export function validate(o: { outside: boolean } = { outside: false }): Interceptor {
  return (next) => (request) => {
    const { input } = request.method;
    if (!request.stream) {
      assertValid(input, request.message, o);
      return next(request);
    }
    const message = checkEach(request.message, (each) => assertValid(input, each, o));
    return next({ ...request, message } as StreamRequest);
  };
}

/** Throws REQUEST_INVALID for a message that breaks a rule of its contract, or one that holds for all. */
export function assertValid(desc: DescMessage, message: Message, o = { outside: false }): void {
  const violations = violationsOf(desc, message, o);
  if (violations.length > 0) throw requestInvalid(violations);
}
