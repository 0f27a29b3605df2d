import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { domainError, ErrorReason } from "@todo/kit/errors";
import type { Logger } from "@todo/kit/log";
import { currentRequest } from "@todo/kit/request-context";
import type { FairAdmission } from "#src/admission.ts";
import type { AuditReport } from "#src/audit-report.ts";
import type { Authenticate } from "#src/auth/authenticate.ts";
import { type Call, callKey } from "#src/call.ts";
import { assertTimeLeft, maxTimeoutMs } from "#src/limits.ts";
import { nameProtocolErrors } from "#src/protocol-errors.ts";
import { checkQuery } from "#src/query.ts";
import type { RateLimiter } from "#src/rate/limiter.ts";
import { noteCounted } from "#src/rate/note.ts";
import { answerOf, relay } from "#src/relay.ts";
import { nameOf, type Route } from "#src/routes.ts";

export interface GateOptions {
  routes: ReadonlyMap<string, Route>;
  authenticate: Authenticate;
  limiter: RateLimiter;
  /** The places of each user for calls whose body is not there yet. */
  receiving: FairAdmission;
  report: AuditReport;
  log: Logger;
}

/** What stands before every RPC. It sees the headers only: whom it refuses has no byte of the body read. */
export type Gate = (context: HandlerContext) => Promise<void>;

export function createGate(o: GateOptions): Gate {
  return async (context) => {
    const call = context.values.get(callKey);
    nameProtocolErrors(context.signal, (reason) => {
      call.reason = reason;
    });
    try {
      checkShape(context, call);
      const route = o.routes.get(nameOf(context.method));
      if (route?.needsCaller) await checkCaller(route, context, call, o);
    } catch (error) {
      const answer = answerOf(error, { requestId: call.requestId, log: o.log });
      if (answer.code === Code.Unauthenticated) answer.metadata.set("www-authenticate", "Bearer");
      tellInHeaders(answer, call);
      o.report.refused({ call, method: nameOf(context.method), error });
      throw answer;
    }
  };
}

function checkShape(context: HandlerContext, call: Call): void {
  if (call.refusal) throw call.refusal;
  assertTimeLeft(context.timeoutMs());
  const longest = maxTimeoutMs(context.method.methodKind !== "unary");
  if ((context.timeoutMs() ?? 0) > longest) {
    throw domainError(ErrorReason.REQUEST_INVALID, `timeout: must be at most ${longest} ms`);
  }
  checkQuery(context);
}

/** Nothing was answered yet, so when to come back can stand where every protocol has it, and proxies look for it. */
function tellInHeaders({ metadata }: ConnectError, call: Call): void {
  const retryAfter = metadata.get("retry-after");
  if (retryAfter === null) return;
  metadata.delete("retry-after");
  call.setHeader("retry-after", retryAfter);
}

async function checkCaller(route: Route, context: HandlerContext, call: Call, o: GateOptions): Promise<void> {
  try {
    call.caller = await o.authenticate(context.requestHeader, call.clientAddress);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    throw relay(error, { app: "identity", requestId: call.requestId, log: o.log });
  }
  const counted = o.limiter.caller(call.caller, route.rule.rateClass);
  noteCounted(call, counted);
  if (counted.refusal) throw counted.refusal;
  call.slot.move(o.receiving, call.caller.userId);
  const request = currentRequest();
  if (request) request.userId = call.caller.userId;
  const { scope } = route.rule;
  if (scope !== "" && !call.caller.scopes.includes(scope)) {
    throw domainError(ErrorReason.SCOPE_MISSING, `scope ${scope} is missing`, { metadata: { scope } });
  }
}
