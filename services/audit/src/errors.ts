import { DomainError, domainError } from "@todo/kit/errors";
import { failureKind } from "@todo/kit/failure";
import { ErrorReason } from "@todo/proto/todo/error/v1/error_reason";

export function pageTokenInvalid(): DomainError {
  return domainError(ErrorReason.PAGE_TOKEN_INVALID, "page_token does not belong to this request");
}

/** The outcome of work on the database. That the database is away is said as such. */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof DomainError || failureKind(cause) !== "infrastructure") throw cause;
    throw domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, "the log is not available", { cause });
  }
}
