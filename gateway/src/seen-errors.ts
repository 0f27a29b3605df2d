import type { Interceptor } from "@connectrpc/connect";
import type { Logger } from "@todo/kit/log";
import { callKey } from "#src/call.ts";
import { answerOf } from "#src/relay.ts";

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
