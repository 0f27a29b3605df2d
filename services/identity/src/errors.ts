import type { Interceptor } from "@connectrpc/connect";
import { type DomainError, detail, domainError, ErrorReason } from "@todo/kit/errors";
import { failureKind } from "@todo/kit/failure";
import { BadRequestSchema } from "@todo/proto/google/rpc/error_details";

/** A field breaks a rule that only this service can tell. */
export function fieldInvalid(field: string, description: string): DomainError {
  const sentence = `${field} ${description}`;
  return domainError(ErrorReason.REQUEST_INVALID, sentence, {
    details: [detail(BadRequestSchema, { fieldViolations: [{ field, description: sentence }] })],
  });
}

/** A field names no time zone. */
export function zoneUnknown(
  field: string,
  { message, proposal }: { message: string; proposal: string | undefined },
): DomainError {
  return domainError(ErrorReason.ZONE_UNKNOWN, message, {
    metadata: { part: field, ...(proposal !== undefined && { proposal }) },
    details: [detail(BadRequestSchema, { fieldViolations: [{ field, description: message }] })],
  });
}

export function profileNotFound(): DomainError {
  return domainError(ErrorReason.PROFILE_NOT_FOUND, "profile not found");
}

export function tokenNotFound(id: string): DomainError {
  return domainError(ErrorReason.TOKEN_NOT_FOUND, "token not found", { metadata: { id } });
}

export function sessionNotFound(id: string): DomainError {
  return domainError(ErrorReason.SESSION_NOT_FOUND, "session not found", { metadata: { id } });
}

export function sessionRequired(): DomainError {
  return domainError(ErrorReason.SESSION_REQUIRED, "sign in first: these credentials have no session");
}

export function personRequired(): DomainError {
  return domainError(ErrorReason.PERSON_REQUIRED, "only the user in person may do this");
}

export function passwordWrong(): DomainError {
  return domainError(ErrorReason.PASSWORD_WRONG, "the password is not right");
}

export function tooManyAttempts(waitMs: number): DomainError {
  return domainError(ErrorReason.RATE_LIMITED, "too many wrong passwords: try again later", {
    retryAfterMs: waitMs,
  });
}

export function quotaExceeded(limit: number): DomainError {
  return domainError(ErrorReason.TOKEN_QUOTA_EXCEEDED, `at most ${limit} tokens at a time`, {
    metadata: { limit: String(limit) },
  });
}

export function outboxFull(): DomainError {
  return domainError(ErrorReason.OUTBOX_FULL, "too many undelivered events", { retryAfterMs: 5_000 });
}

/** Says UNAVAILABLE instead of INTERNAL while the database is away. */
export const unavailableWhileAway: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (cause) {
    if (failureKind(cause) !== "infrastructure") throw cause;
    throw domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, "accounts are not available", { cause });
  }
};
