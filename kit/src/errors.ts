import { type DescMessage, getOption, type MessageInitShape } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { Violation, violationsToProto } from "@bufbuild/protovalidate";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import { ErrorReason, ErrorReasonSchema, error as errorOption } from "@todo/proto/todo/error/v1/error_reason";
import { sentenceOf } from "./rules/sentence.ts";

export { ErrorReason };

/** The domain of every ErrorInfo of ours. */
export const errorDomain = "todo";
/** What RetryInfo says where nobody knows better. */
export const defaultRetryAfterMs = 1_000;
/** As many violations as an error tells of: five hundred would be longer than headers and trailers may be. */
const mostViolations = 20;

/** A message that travels with an error, in the form Connect takes. */
export interface OutgoingDetail {
  desc: DescMessage;
  value: MessageInitShape<DescMessage>;
}

/** Pairs a message with its type, checked. */
export function detail<D extends DescMessage>(desc: D, value: MessageInitShape<D>): OutgoingDetail {
  return { desc, value: value as MessageInitShape<DescMessage> };
}

/** What the contract says about one reason. */
export interface ReasonPolicy {
  name: string;
  code: Code;
  retryable: boolean;
}

/** An error that the caller may see: a reason of the catalogue, a text without secrets, and metadata. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly reason: ErrorReason;
  readonly code: Code;
  readonly metadata: Record<string, string>;
  /** After how many milliseconds the same call may succeed. Set for every retryable reason. */
  readonly retryAfterMs?: number;
  readonly details: readonly OutgoingDetail[];

  constructor(reason: ErrorReason, message: string, o: DomainErrorOptions = {}) {
    super(message, o.cause === undefined ? undefined : { cause: o.cause });
    const policy = reasonPolicy(reason);
    this.reason = reason;
    this.code = policy.code;
    this.metadata = o.metadata ?? {};
    this.details = o.details ?? [];
    const retryAfterMs = o.retryAfterMs ?? (policy.retryable ? defaultRetryAfterMs : undefined);
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

export interface DomainErrorOptions {
  metadata?: Record<string, string>;
  retryAfterMs?: number;
  details?: readonly OutgoingDetail[];
  cause?: unknown;
}

/** An error with a reason of the catalogue. Its code stands in the contract, beside the reason. */
export function domainError(reason: ErrorReason, message: string, o: DomainErrorOptions = {}): DomainError {
  return new DomainError(reason, message, o);
}

/** The codes by their gRPC names, such as `NOT_FOUND`. */
const codes = new Map<string, Code>(
  Object.entries(Code)
    .filter((entry): entry is [string, Code] => typeof entry[1] === "number")
    .map(([name, code]) => [name === "Canceled" ? "CANCELLED" : upperSnake(name), code]),
);

const policies = new Map<ErrorReason, ReasonPolicy>(
  ErrorReasonSchema.values.map((value) => {
    const { code, retryable } = getOption(value, errorOption);
    const name = value.name.slice("ERROR_REASON_".length);
    return [value.number as ErrorReason, { name, code: codes.get(code) ?? Code.Internal, retryable }];
  }),
);

/** What the contract says about a reason. Throws for a number that is no reason. */
export function reasonPolicy(reason: ErrorReason): ReasonPolicy {
  const policy = policies.get(reason);
  if (policy === undefined) throw new RangeError(`${reason} is no ErrorReason`);
  return policy;
}

/** The name of a reason without its prefix, such as `TASK_NOT_FOUND`. */
export function reasonName(reason: ErrorReason): string {
  return reasonPolicy(reason).name;
}

const codeNames = new Map<Code, string>([...codes].map(([name, code]) => [code, name]));

/** The gRPC name of a code, such as `NOT_FOUND`. */
export function codeName(code: Code): string {
  return codeNames.get(code) ?? String(code);
}

/** The code behind a gRPC name such as `NOT_FOUND`. */
export function codeOfName(name: string): Code | undefined {
  return codes.get(name);
}

/**
 * Violations of a contract's rules as REQUEST_INVALID: once for protovalidate's readers, once for everybody else's. Each
 * says in one sentence what is asked for.
 */
export function requestInvalid(violations: readonly Violation[]): DomainError {
  const told = violations.slice(0, mostViolations).map((violation) => {
    const { ruleId, field, rule, forKey } = violation;
    return new Violation(sentenceOf(violation), ruleId, field, rule, forKey);
  });
  const [proto] = violationsToProto(told);
  const fieldViolations = told.map(({ field, message, ruleId }) => ({
    field: pathToString(field),
    description: message,
    reason: ruleId.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_"),
  }));
  return domainError(ErrorReason.REQUEST_INVALID, told.map(({ message }) => message).join("; "), {
    details: [detail(ViolationsSchema, proto), detail(BadRequestSchema, { fieldViolations })],
  });
}

/**
 * The error as a caller may see it.
 *
 * A DomainError keeps its code, text and details. What the RPC framework itself says (cancelled, deadline, unknown
 * method, a peer that is away) gets its reason. Everything else becomes INTERNAL and shows nothing but the request id.
 */
export function toConnectError(error: unknown, o: { requestId?: string } = {}): ConnectError {
  if (error instanceof DomainError) return fromDomainError(error);
  if (error instanceof ConnectError) {
    if (!error.isWireError && reasonOf(error) !== undefined) return error;
    if (error.code === Code.Canceled)
      return new ConnectError("cancelled", Code.Canceled, undefined, undefined, error);
    const known = fromFramework(error);
    if (known !== undefined) return fromDomainError(known);
  }
  const metadata: Record<string, string> = o.requestId === undefined ? {} : { request_id: o.requestId };
  return fromDomainError(domainError(ErrorReason.INTERNAL, "internal error", { metadata, cause: error }));
}

/** Why a signal fired, as an error for the caller whose call it ended. */
export function abortError(signal: AbortSignal): ConnectError {
  const { reason } = signal;
  if (reason instanceof DomainError) return fromDomainError(reason);
  if (reason instanceof ConnectError && reason.code !== Code.Canceled) return toConnectError(reason);
  if (reason instanceof Error && reason.name === "TimeoutError") {
    return fromDomainError(domainError(ErrorReason.DEADLINE_PASSED, "deadline passed", { cause: reason }));
  }
  return new ConnectError("cancelled", Code.Canceled, undefined, undefined, reason);
}

/** Whether `toConnectError` hid what happened, so that somebody has to log it. */
export function isMasked(error: ConnectError): boolean {
  return reasonOf(error) === reasonName(ErrorReason.INTERNAL);
}

/** The reason of an error of ours, such as `TASK_NOT_FOUND`; `undefined` if it carries none. */
export function reasonOf(error: ConnectError): string | undefined {
  return error.findDetails(ErrorInfoSchema).find((info) => info.domain === errorDomain)?.reason;
}

/** The ErrorInfo of a reason. */
export function errorInfo(reason: ErrorReason, metadata: Record<string, string> = {}): OutgoingDetail {
  return detail(ErrorInfoSchema, { reason: reasonName(reason), domain: errorDomain, metadata });
}

/** The RetryInfo of a delay. */
export function retryInfo(ms: number): OutgoingDetail {
  const seconds = Math.floor(ms / 1_000);
  const nanos = Math.round((ms - seconds * 1_000) * 1_000_000);
  return detail(RetryInfoSchema, { retryDelay: { seconds: BigInt(seconds), nanos } });
}

function fromDomainError(error: DomainError): ConnectError {
  const details = [errorInfo(error.reason, error.metadata)];
  if (error.retryAfterMs !== undefined) details.push(retryInfo(error.retryAfterMs));
  details.push(...error.details);
  return new ConnectError(error.message, error.code, undefined, details, error);
}

function fromFramework(error: ConnectError): DomainError | undefined {
  const cause = error;
  switch (error.code) {
    case Code.DeadlineExceeded:
      return domainError(ErrorReason.DEADLINE_PASSED, "deadline passed", { cause });
    case Code.Unavailable:
      return domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, "a dependency is not available", { cause });
    case Code.Unimplemented:
      // What a peer does not know is our fault; what the router does not know is the caller's.
      if (error.isWireError) return undefined;
      return domainError(ErrorReason.METHOD_UNKNOWN, "no such method", { cause });
    case Code.InvalidArgument:
      return fromValidation(error);
    default:
      return undefined;
  }
}

function fromValidation(error: ConnectError): DomainError | undefined {
  if (error.isWireError) return undefined;
  const cause = error.cause;
  const violations = cause instanceof Error && "violations" in cause ? cause.violations : undefined;
  return Array.isArray(violations) ? requestInvalid(violations as Violation[]) : undefined;
}

function upperSnake(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}
