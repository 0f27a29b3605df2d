import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { domainError, ErrorReason, isMasked, reasonName, reasonOf, toConnectError } from "@todo/kit/errors";
import type { Logger } from "@todo/kit/log";
import type { AppId } from "@todo/kit/services";
import { RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import { publicDetails } from "#src/public-details.ts";

/** Reasons that blame the gateway's own call: the caller has no part in them and can do nothing about them. */
const privateReasons = new Set(
  [
    ErrorReason.INTERNAL,
    ErrorReason.ASSERTION_INVALID,
    ErrorReason.ISSUER_REFUSED,
    ErrorReason.CREDENTIALS_MISSING,
    ErrorReason.CREDENTIALS_INVALID,
    ErrorReason.CREDENTIALS_EXPIRED,
    ErrorReason.METHOD_UNKNOWN,
  ].map(reasonName),
);

/**
 * Turns what a service, its sidecar or the network answered into what the caller may know.
 *
 * Only errors with a reason of ours pass, with code, text and public details. Of the rest, two say something useful:
 * the peer is away, or it is too slow. Everything else, such as a sidecar's refusal with the names of the apps in it,
 * is logged and becomes INTERNAL.
 */
export function relay(error: unknown, o: { app: AppId; requestId: string; log: Logger }): ConnectError {
  const upstream = ConnectError.from(error);
  const reason = reasonOf(upstream);
  if (reason !== undefined && !privateReasons.has(reason)) return copyOf(upstream, reason);
  if (reason === undefined && upstream.code === Code.Unavailable) {
    const cause = upstream;
    return toConnectError(
      domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, `${o.app} is not available`, { cause }),
    );
  }
  const known = reason === undefined && [Code.DeadlineExceeded, Code.Canceled].includes(upstream.code);
  return known ? toConnectError(upstream) : masked(upstream, o);
}

/** The error of an answer: one that passed already stays; what nobody foresaw is masked and logged here, once. */
export function answerOf(error: unknown, o: { requestId: string; log: Logger }): ConnectError {
  const passed = error instanceof ConnectError && reasonOf(error) !== undefined && !error.isWireError;
  const answer = passed ? error : toConnectError(error, o);
  if (!passed && isMasked(answer)) logMasked(error, o);
  const [retry] = answer.findDetails(RetryInfoSchema);
  if (retry?.retryDelay) {
    const seconds = Math.ceil(durationMs(retry.retryDelay) / 1000);
    answer.metadata.set("retry-after", String(Math.max(1, seconds)));
  }
  return answer;
}

/** What grpc-js and sidecars say about these names their addresses. */
const ownTexts: Readonly<Record<string, string>> = {
  [reasonName(ErrorReason.DEADLINE_PASSED)]: "deadline passed",
  [reasonName(ErrorReason.REQUEST_TOO_LARGE)]: "request is larger than 1 MiB",
};

function copyOf(upstream: ConnectError, reason: string): ConnectError {
  const text = ownTexts[reason] ?? upstream.rawMessage;
  const copy = new ConnectError(text, upstream.code, undefined, undefined, upstream);
  copy.details = publicDetails(upstream.details);
  return copy;
}

function masked(upstream: ConnectError, o: { app: AppId; requestId: string; log: Logger }): ConnectError {
  logMasked(upstream, o);
  const { requestId } = o;
  return toConnectError(
    domainError(ErrorReason.INTERNAL, "internal error", {
      metadata: { request_id: requestId },
      cause: upstream,
    }),
  );
}

function logMasked(error: unknown, o: { app?: AppId; requestId: string; log: Logger }): void {
  o.log.error({ err: error, request_id: o.requestId, upstream: o.app }, "an error was masked");
}
