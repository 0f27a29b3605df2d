import type {
  ConnectError,
  Interceptor,
  StreamRequest,
  StreamResponse,
  UnaryRequest,
} from "@connectrpc/connect";
import { abortError, domainError, ErrorReason, isMasked, toConnectError } from "../errors.ts";
import { failureKind } from "../failure.ts";
import type { Logger } from "../log.ts";
import { mapErrors } from "./iterable.ts";
import { requestKey } from "./request-id.ts";

/** Turns every error into what the caller may see. What nobody foresaw is logged in full and answered without detail. */
export function maskErrors(log: Logger): Interceptor {
  return (next) => async (request) => {
    const map = (error: unknown) => seen(error, request, log);
    try {
      const response = await next(request);
      if (!response.stream) return response;
      return { ...response, message: mapErrors(response.message, map) } as StreamResponse;
    } catch (error) {
      throw map(error);
    }
  };
}

function seen(error: unknown, request: UnaryRequest | StreamRequest, log: Logger): ConnectError {
  const { method, signal, contextValues } = request;
  const { requestId = "" } = contextValues.get(requestKey) ?? {};
  // A call that was given up fails with whatever its innards say about that; the reason is on the signal.
  const known = toConnectError(error, { requestId });
  if (!isMasked(known)) return known;
  if (signal.aborted && isAbort(error)) return abortError(signal);
  if (failureKind(error) !== "event") {
    log.warn({ err: error, method: `${method.parent.typeName}/${method.name}` }, "a dependency is away");
    return toConnectError(domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, "a dependency is not available"));
  }
  log.error({ err: error, method: `${method.parent.typeName}/${method.name}` }, "unexpected error");
  return known;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}
