import { domainError, ErrorReason } from "@todo/kit/errors";

/** What one call may take. Sizes in bytes, times in milliseconds. */
export const limits = {
  requestBytes: 1_048_576,
  /** Of a request to the identity provider, which is read before anybody knows whose it is. */
  providerRequestBytes: 65_536,
  /** How long a request body may take to arrive. */
  bodyMs: 15_000,
  /** How long the rest of one may go on arriving when the answer is out already. */
  drainMs: 1000,
  /** How long a finished answer may take to be taken. */
  answerMs: 30_000,
  /** The deadline of a call that names none, and the longest one that may be named. */
  unaryDefaultMs: 10_000,
  unaryMaxMs: 30_000,
  /** A stream ends after this, and its reader comes back with a cursor. */
  streamMaxMs: 900_000,
  /** What a call leaves of its deadline for the way back. */
  hopMs: 20,
} as const;

/** The longest deadline that a caller may name. */
export function maxTimeoutMs(streaming: boolean): number {
  return streaming ? limits.streamMaxMs : limits.unaryMaxMs;
}

/**
 * Refuses a call whose deadline has passed, or passes on the way: no service is asked, so nothing was done. Throws
 * DEADLINE_PASSED.
 */
export function assertTimeLeft(remainingMs: number | undefined): void {
  if (remainingMs !== undefined && remainingMs <= limits.hopMs) {
    throw domainError(ErrorReason.DEADLINE_PASSED, "deadline passed");
  }
}

/** How long the service may take, given what is left of the caller's deadline. */
export function upstreamTimeoutMs(streaming: boolean, remainingMs: number | undefined): number {
  const fallback = streaming ? limits.streamMaxMs : limits.unaryDefaultMs;
  return Math.max(1, Math.floor((remainingMs ?? fallback) - limits.hopMs));
}
