import type { Interceptor } from "@connectrpc/connect";
import { domainError, ErrorReason } from "@todo/kit/errors";

/** Of the trigger on the counter of an erased user. */
const erased = "TE001";

/** Says ACCOUNT_ERASED of a write whose user was erased meanwhile. */
export const refusedOnceErased: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== erased) throw cause;
    throw domainError(ErrorReason.ACCOUNT_ERASED, "the account was erased", { cause });
  }
};
