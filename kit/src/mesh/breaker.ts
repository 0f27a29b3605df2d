import { Code, ConnectError } from "@connectrpc/connect";
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";
import { domainError, ErrorReason, toConnectError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { meter } from "../metrics.ts";
import type { AppId } from "../services.ts";

export interface BreakerOptions {
  /** How many failures in a row open the breaker; 5 without it. */
  failures?: number;
  /** How long it stays open before one call may try; 2 s without it. */
  openMs?: number;
}

/** Keeps calls away from an app that does not answer. */
export interface Breaker {
  /** Runs a call, or throws DEPENDENCY_UNAVAILABLE at once while the breaker is open. */
  execute<T>(call: () => Promise<T>): Promise<T>;
}

const opened = meter.createCounter("mesh_breaker_opened", {
  description: "How often a breaker opened, by app",
});

/**
 * A breaker for one app (R097). Only UNAVAILABLE and DEADLINE_EXCEEDED count as failures: every other answer, NOT_FOUND
 * above all, proves that the app is there.
 */
export function createBreaker(app: AppId, o: BreakerOptions, log: Logger): Breaker {
  const openMs = o.openMs ?? 2_000;
  const policy = circuitBreaker(handleWhen(isOutage), {
    breaker: new ConsecutiveBreaker(o.failures ?? 5),
    halfOpenAfter: openMs,
  });
  policy.onStateChange((state) => {
    if (state === CircuitState.Open) opened.add(1, { app });
    if (state === CircuitState.Open) log.warn({ app }, "breaker opened");
    if (state === CircuitState.Closed) log.info({ app }, "breaker closed");
  });
  return {
    async execute(call) {
      // One call tries whether the app is back; the others do not wait for its verdict.
      if (policy.state === CircuitState.HalfOpen) throw toConnectError(unavailable(app, openMs));
      try {
        return await policy.execute(call);
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        throw toConnectError(unavailable(app, openMs));
      }
    },
  };
}

function isOutage(error: unknown): boolean {
  return (
    error instanceof ConnectError && (error.code === Code.Unavailable || error.code === Code.DeadlineExceeded)
  );
}

function unavailable(app: AppId, retryAfterMs: number): Error {
  return domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, `${app} is not available`, { retryAfterMs });
}
