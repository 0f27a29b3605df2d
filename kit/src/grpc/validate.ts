import type { DescMessage, Message } from "@bufbuild/protobuf";
import type { Interceptor, StreamRequest } from "@connectrpc/connect";
import { requestInvalid } from "../errors.ts";
import { validator } from "../validator.ts";
import { checkEach } from "./iterable.ts";

/** Refuses requests that break a rule of their contract, with every violation and its path. */
export function validate(): Interceptor {
  return (next) => (request) => {
    const { input } = request.method;
    if (!request.stream) {
      assertValid(input, request.message);
      return next(request);
    }
    const message = checkEach(request.message, (each) => assertValid(input, each));
    return next({ ...request, message } as StreamRequest);
  };
}

/** Throws REQUEST_INVALID for a message that breaks a rule of its contract. */
export function assertValid(desc: DescMessage, message: Message): void {
  const result = validator.validate(desc, message);
  if (result.kind === "valid") return;
  throw result.kind === "invalid" ? requestInvalid(result.violations) : result.error;
}
