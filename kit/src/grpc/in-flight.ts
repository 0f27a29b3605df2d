import { domainError, ErrorReason } from "../errors.ts";
import { counter } from "../metrics.ts";
import type { ServerCall } from "./call.ts";

const refused = counter("rpc_server_refused");

/** The calls that run now: never more than `limit`, and all of them can be ended when the server stops. */
export class InFlight {
  readonly #limit: number;
  readonly #calls = new Map<ServerCall, (error: unknown) => void>();
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Takes a call in. If there are too many, it is answered RATE_LIMITED and false returned. */
  enter(call: ServerCall, fail: (error: unknown) => void): boolean {
    if (this.#calls.size >= this.#limit) {
      refused.add(1);
      fail(domainError(ErrorReason.RATE_LIMITED, "too many calls at once"));
      return false;
    }
    this.#calls.set(call, fail);
    return true;
  }

  leave(call: ServerCall): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#idle?.resolve();
  }

  /** Resolves when no call runs. */
  async idle(): Promise<void> {
    if (this.#calls.size === 0) return;
    this.#idle ??= Promise.withResolvers<void>();
    await this.#idle.promise;
  }

  /** Answers every running call with `reason` and fires its signal. */
  abort(reason: Error): void {
    for (const [call, fail] of this.#calls) {
      fail(reason);
      call.abort(reason);
    }
  }
}
