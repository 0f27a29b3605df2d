import { AsyncLocalStorage } from "node:async_hooks";
import { hashPassword, verifyPassword } from "better-auth/crypto";
import type { FairQueue } from "./fair-queue.ts";

/** A call in which passwords may be looked at. */
export interface PasswordCall {
  /** Fires when its caller is gone or its deadline has passed. */
  signal: AbortSignal;
  /** With whom it takes turns. */
  lane: string;
}

/**
 * Where passwords are hashed and checked. It takes 16 MiB and a thread of libuv for some 60 ms each (scrypt, RFC 7914,
 * N = 16384, r = 16), so it has places of its own, and nothing else waits for them.
 */
export interface PasswordWork {
  /** Runs a call. A place that it got is given back at its end. */
  during<T>(call: PasswordCall, work: () => Promise<T>): Promise<T>;
  /**
   * Gets the running call the place without which neither of the two below works: whatever would look at a password
   * without having asked the guard first fails.
   */
  enter(): Promise<void>;
  /** The hash that a password was found to be right for in the running call. */
  verified(): string | undefined;
  hash(password: string): Promise<string>;
  verify(o: { hash: string; password: string }): Promise<boolean>;
}

interface Running extends PasswordCall {
  place?: Disposable;
  verified?: string;
}

export function createPasswordWork(queue: FairQueue): PasswordWork {
  const running = new AsyncLocalStorage<Running>();
  const admitted = () => {
    const call = running.getStore();
    if (call?.place === undefined) throw new Error("a password would be looked at without a guard");
    call.signal.throwIfAborted();
    return call;
  };
  return {
    during: (call, work) => {
      const own: Running = { ...call };
      return running.run(own, () => work().finally(() => own.place?.[Symbol.dispose]()));
    },
    async enter() {
      const call = running.getStore();
      if (call === undefined) throw new Error("no call is running");
      call.place ??= await queue.enter(call.lane, call.signal);
    },
    async hash(password) {
      admitted();
      return await hashPassword(password);
    },
    verified: () => running.getStore()?.verified,
    async verify(o) {
      const call = admitted();
      const right = await verifyPassword(o);
      if (right) call.verified = o.hash;
      return right;
    },
  };
}
