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

export function eventNotFound(id: string): DomainError {
  return domainError(ErrorReason.EVENT_NOT_FOUND, "event not found", { metadata: { id } });
}

export function consumerUnknown(consumer: string): DomainError {
  return domainError(ErrorReason.CONSUMER_UNKNOWN, `nobody called ${consumer} consumes events`, {
    metadata: { consumer },
  });
}

export function keyNotParked(consumer: string, key: string): DomainError {
  return domainError(ErrorReason.KEY_NOT_PARKED, `no event of this key waits at ${consumer}`, {
    metadata: { consumer, key },
  });
}

export function consumersUnavailable(consumers: readonly string[]): DomainError {
  return domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, `${consumers.join(" and ")} cannot be asked`);
}

export function letterNotRedrivable(id: string, why: string): DomainError {
  return domainError(ErrorReason.LETTER_NOT_REDRIVABLE, why, { metadata: { id } });
}

export function kafkaUnavailable(cause: unknown): DomainError {
  return domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, "kafka is not available", { cause });
}
