import { Code, ConnectError } from "@connectrpc/connect";
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";
import { domainError, ErrorReason, toConnectError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { counter } from "../metrics.ts";
import type { AppId } from "../services.ts";

export interface BreakerOptions {
  /** How many failures in a row open the breaker; 5 without it. */
  failures?: number;
  /** How long it stays open before one call may try; 2 s without it. */
  openMs?: number;
}

/** Keeps calls away from an app that does not answer. */
export interface Breaker {
  /**
   * Runs a call, or throws DEPENDENCY_UNAVAILABLE at once while the breaker is open.
   *
   * @param timeoutMs how long the call has. One that has very little says nothing about the app when it comes too late,
   *   and a caller who asks for that shall not close the app to others.
   */
  execute<T>(call: () => Promise<T>, timeoutMs: number): Promise<T>;
}

/** What an app that is well needs at most for nearly everything. */
const fairMs = 1_000;

const opened = counter("mesh_breaker_opened");

/**
 * A breaker for one app (R097). Only UNAVAILABLE and DEADLINE_EXCEEDED count as failures: every other answer, NOT_FOUND
 * above all, proves that the app is there.
 */
export function createBreaker(
  app: AppId,
  o: BreakerOptions & { bulkhead?: string | undefined },
  log: Logger,
): Breaker {
  const openMs = o.openMs ?? 2_000;
  const policy = circuitBreaker(handleWhen(isOutage), {
    breaker: new ConsecutiveBreaker(o.failures ?? 5),
    halfOpenAfter: openMs,
  });
  policy.onStateChange((state) => {
    if (state === CircuitState.Open) opened.add(1, { app });
    const which = { app, ...(o.bulkhead !== undefined && { bulkhead: o.bulkhead }) };
    if (state === CircuitState.Open) log.warn(which, "breaker opened");
    if (state === CircuitState.Closed) log.info(which, "breaker closed");
  });
  return {
    async execute(call, timeoutMs) {
      // One call tries whether the app is back; the others do not wait for its verdict.
      if (policy.state === CircuitState.HalfOpen) throw toConnectError(unavailable(app, openMs));
      try {
        if (timeoutMs >= fairMs || policy.state !== CircuitState.Closed) return await policy.execute(call);
        return await call().catch((error: unknown) => {
          if (isLate(error)) throw error;
          return policy.execute(() => Promise.reject(error));
        });
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        throw toConnectError(unavailable(app, openMs));
      }
    },
  };
}

function isOutage(error: unknown): boolean {
  return isLate(error) || (error instanceof ConnectError && error.code === Code.Unavailable);
}

function isLate(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.DeadlineExceeded;
}

function unavailable(app: AppId, retryAfterMs: number): Error {
  return domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, `${app} is not available`, { retryAfterMs });
}
