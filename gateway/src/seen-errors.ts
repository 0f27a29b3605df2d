import type { Interceptor } from "@connectrpc/connect";
import type { Logger } from "@todo/kit/log";
import { callKey } from "#src/call.ts";
import { nameForCaller } from "#src/naming.ts";
import { answerOf } from "#src/relay.ts";

/** Lets nothing out but errors that a caller may see, in names that the caller knows. */
export function seenErrors(log: Logger): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      const { requestId } = request.contextValues.get(callKey);
      throw nameForCaller(answerOf(error, { requestId, log }), request);
    }
  };
}
