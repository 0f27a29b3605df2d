import { reflect } from "@bufbuild/protobuf/reflect";
import type { Interceptor, UnaryRequest } from "@connectrpc/connect";
import { type MethodRule, RateClass } from "@todo/kit/policy";
import { callKey } from "#src/call.ts";
import { nameOf, type Route } from "#src/routes.ts";
import type { RateLimiter } from "./limiter.ts";
import { noteCounted } from "./note.ts";

/** Counts a call as an expensive one, too, if its request says that it is: only when it is read can that be known. */
export function chargeByCost(
  routes: ReadonlyMap<string, Route>,
  limiter: Pick<RateLimiter, "more">,
): Interceptor {
  return (next) => async (request) => {
    const cost = routes.get(nameOf(request.method))?.rule.cost;
    if (!request.stream && cost !== undefined && isCostly(request, cost)) {
      const call = request.contextValues.get(callKey);
      const counted = call.caller && limiter.more(call.caller, RateClass.EXPENSIVE);
      if (counted !== undefined) noteCounted(call, counted);
      if (counted?.refusal) throw counted.refusal;
    }
    return next(request);
  };
}

function isCostly(
  { method, message }: UnaryRequest,
  { field, cheapPrefix }: NonNullable<MethodRule["cost"]>,
): boolean {
  return !String(reflect(method.input, message).get(field)).startsWith(cheapPrefix);
}
