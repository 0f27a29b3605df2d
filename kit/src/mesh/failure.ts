import { Code, ConnectError } from "@connectrpc/connect";
import type { ServiceError } from "@grpc/grpc-js";
import {
  abortError,
  defaultRetryAfterMs,
  ErrorReason,
  errorInfo,
  reasonOf,
  reasonPolicy,
  retryInfo,
} from "../errors.ts";
import { fromStatus } from "../grpc/status.ts";
import type { AppId } from "../services.ts";

/**
 * The error of a failed call. What the other app sent stays as it is; what sidecars, the network and grpc-js say has no
 * reason yet and gets one.
 */
export function failureOf(error: ServiceError, app: AppId, signal?: AbortSignal): ConnectError {
  if (signal?.aborted === true) return abortError(signal);
  const received = fromStatus(error);
  if (reasonOf(received) !== undefined) return received;
  const reason = reasonOfHop(received);
  return reason === undefined ? received : withReason(received, reason, app);
}

function reasonOfHop({ code, rawMessage }: ConnectError): ErrorReason | undefined {
  switch (code) {
    // Whoever gave the call up, it was not the caller: a sidecar that noticed the deadline first, or one that went away.
    case Code.Canceled:
    case Code.Unavailable:
      return ErrorReason.DEPENDENCY_UNAVAILABLE;
    case Code.DeadlineExceeded:
      return ErrorReason.DEADLINE_PASSED;
    case Code.Unimplemented:
      return ErrorReason.METHOD_UNKNOWN;
    case Code.ResourceExhausted:
      return /larger than/i.test(rawMessage) ? ErrorReason.REQUEST_TOO_LARGE : undefined;
    case Code.Unknown:
      // daprd's words for an app that no sidecar has registered, for a breaker of a resiliency policy, and for a sidecar,
      // ours or the app's, that has closed its names because it is about to end.
      return /no host found|failed to (resolve|look up)|circuit breaker is open/i.test(rawMessage)
        ? ErrorReason.DEPENDENCY_UNAVAILABLE
        : undefined;
    default:
      return undefined;
  }
}

function withReason(received: ConnectError, reason: ErrorReason, app: AppId): ConnectError {
  const { code, retryable } = reasonPolicy(reason);
  const details = [errorInfo(reason, { app })];
  if (retryable) details.push(retryInfo(defaultRetryAfterMs));
  const error = new ConnectError(textOf(reason, app), code, received.metadata, details, received);
  error.isWireError = true;
  return error;
}

/** Our own words: those of the hop may hold addresses. */
function textOf(reason: ErrorReason, app: AppId): string {
  switch (reason) {
    case ErrorReason.DEADLINE_PASSED:
      return "deadline passed";
    case ErrorReason.METHOD_UNKNOWN:
      return "no such method";
    case ErrorReason.REQUEST_TOO_LARGE:
      return "request is larger than 1 MiB";
    default:
      return `${app} is not available`;
  }
}

/** Words of grpc-js, Node and daprd for a connection that went away under a call. */
const lostConnection =
  /goaway|connection (dropped|closed|reset)|ECONNRESET|RST_STREAM|stream (closed|refused)|transport is closing|NGHTTP2/i;

/** Whether the call hit a connection or a process that was going away, so that the next try meets another. */
export function metAGoodbye(error: unknown): boolean {
  if (!(error instanceof ConnectError) || error.code !== Code.Unavailable) return false;
  if (reasonOf(error) === "SHUTTING_DOWN") return true;
  return error.cause instanceof ConnectError && lostConnection.test(error.cause.rawMessage);
}
