import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorReason, errorInfo, reasonOf } from "@todo/kit/errors";

/**
 * Gives an error that the RPC framework raised on its own (too large, cannot be read, too late) the reason it lacks.
 *
 * The framework has no place to do that, since no interceptor runs before a request is read. But it aborts the call's
 * signal with the error before it writes it, so changing it then is in time. `noted` hears the reason of every error.
 */
export function nameProtocolErrors(signal: AbortSignal, noted: (reason: string) => void): void {
  signal.addEventListener("abort", () => {
    const error: unknown = signal.reason;
    if (!(error instanceof ConnectError)) return;
    if (reasonOf(error) === undefined) Object.assign(error, named(error));
    noted(reasonOf(error) ?? "CANCELLED");
  });
}

/** What the framework complains of, in words that repeat nothing of the request. */
const complaints: readonly (readonly [RegExp, string])[] = [
  [/timeout/, "the timeout in its header is none"],
  [/compression/, "its compression is not known: gzip is, or none"],
  [/envelope|promised|enveloped/, "its frames are not whole"],
  [/missing input message/, "a message is missing"],
  [/extra input message/, "one message is taken, and there are more"],
  [/encoded data was not valid/, "a text in it is no UTF-8"],
];

function unreadableText(rawMessage: string): string {
  const complaint = complaints.find(([pattern]) => pattern.test(rawMessage));
  return complaint === undefined ? "request cannot be decoded" : `request cannot be decoded: ${complaint[1]}`;
}

function named({ code, rawMessage }: ConnectError): Partial<ConnectError> {
  switch (code) {
    case Code.ResourceExhausted:
      return as(ErrorReason.REQUEST_TOO_LARGE, code, "request is larger than 1 MiB");
    case Code.DeadlineExceeded:
      return as(ErrorReason.DEADLINE_PASSED, code, "deadline passed");
    case Code.InvalidArgument:
    case Code.Unimplemented:
      // An unknown compression stays UNIMPLEMENTED, as both protocols demand.
      return as(ErrorReason.REQUEST_UNREADABLE, code, unreadableText(rawMessage));
    case Code.Internal:
      if (gone.test(rawMessage)) return {};
      return unreadable.test(rawMessage)
        ? as(ErrorReason.REQUEST_UNREADABLE, Code.InvalidArgument, unreadableText(rawMessage))
        : as(ErrorReason.INTERNAL, code, "internal error");
    default:
      return {};
  }
}

/** How the framework reports a caller who reset the stream for a reason of their own. */
const gone = /^http\/2 stream closed/;
/** How the framework reports a request that is no Protobuf. What else it calls internal is our own fault. */
const unreadable = /^(parse binary|decompression failed|received compressed envelope)/;

function as(reason: ErrorReason, code: Code, rawMessage: string): Partial<ConnectError> {
  return { code, rawMessage, details: [errorInfo(reason)] };
}
