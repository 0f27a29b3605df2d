import type { Interceptor } from "@connectrpc/connect";
import type { AssertionVerifier } from "../assertion.ts";
import type { Logger } from "../log.ts";
import type { AppId } from "../services.ts";
import { appToken } from "./app-token.ts";
import { maskErrors } from "./mask-errors.ts";
import { observe } from "./observe.ts";
import { principal } from "./principal.ts";
import { validate } from "./validate.ts";

/**
 * What stands around every method of a service, outermost first: span, request id, metrics and access log; errors as
 * the caller may see them; the sidecar's token; the user, as the method's rule asks; the rules of the request.
 */
export function serviceInterceptors(o: {
  /** The app that is called. Its spans carry it, since several apps may run in one process. */
  app: AppId;
  log: Logger;
  /** The token that the own sidecar sends. Empty is refused: a service without one would be open to its host. */
  appApiToken: string;
  verifier: AssertionVerifier;
}): Interceptor[] {
  return [
    observe(o.log, o.app),
    maskErrors(o.log),
    appToken(o.appApiToken),
    principal(o.verifier),
    validate(),
  ];
}
