import type { Interceptor, StreamRequest, UnaryRequest } from "@connectrpc/connect";
import { type AssertionVerifier, assertionHeader } from "../assertion.ts";
import { domainError, ErrorReason } from "../errors.ts";
import { type MethodRule, methodRule } from "../policy.ts";
import { type Principal, principalKey } from "../principal.ts";
import { headerOf } from "./call.ts";
import { requestKey } from "./request-id.ts";

/**
 * Sets the principal of a call where the method's rule asks for one: an assertion that holds, by an app that may issue
 * it, with the scope of the method. Streams are checked when they open. Contracts of others (`dapr.`, `grpc.`) have no
 * rules; a method of ours without one is closed.
 */
export function principal(verifier: AssertionVerifier): Interceptor {
  return (next) => async (request) => {
    if (!request.service.typeName.startsWith("todo.")) return next(request);
    const rule = methodRule(request.method);
    if (!rule.declared) throw domainError(ErrorReason.METHOD_UNKNOWN, "no such method");
    if (rule.issuers.length > 0) await admit(request, rule, verifier);
    return next(request);
  };
}

async function admit(
  request: UnaryRequest | StreamRequest,
  rule: MethodRule,
  verifier: AssertionVerifier,
): Promise<void> {
  const token = headerOf(request, assertionHeader);
  if (token === null) throw domainError(ErrorReason.ASSERTION_INVALID, "assertion is missing");
  const asserted = await verifier.verify(token);
  const known = request.contextValues.get(requestKey);
  if (known !== undefined) known.userId = asserted.userId;
  checkIssuer(asserted, rule);
  checkScope(asserted, rule);
  request.contextValues.set(principalKey, { ...asserted, requestId: known?.requestId ?? "" });
}

function checkIssuer({ issuer }: Pick<Principal, "issuer">, rule: MethodRule): void {
  if (rule.issuers.includes(issuer)) return;
  throw domainError(ErrorReason.ISSUER_REFUSED, `${issuer} may not assert a user here`, {
    metadata: { issuer },
  });
}

function checkScope({ scopes }: Pick<Principal, "scopes">, { scope }: MethodRule): void {
  if (scope === "" || scopes.includes(scope)) return;
  throw domainError(ErrorReason.SCOPE_MISSING, `scope ${scope} is missing`, { metadata: { scope } });
}
