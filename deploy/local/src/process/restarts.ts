import { setTimeout as sleep } from "node:timers/promises";
import { type Death, describeDeath, type ManagedProcess, ProcessDiedError } from "./managed-process.ts";
import { messageOf } from "./wait.ts";

/** How patient a supervisor is with a process that does not stay up. */
export interface RestartPolicy {
  /** Restarts of one process within a time, in milliseconds; the next end is the end of everything. */
  readonly most: number;
  readonly withinMs: number;
  /** The pause before the second restart within that time; it doubles up to the longest. The first comes at once. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
}

export const restartPolicy: RestartPolicy = {
  most: 8,
  withinMs: 120_000,
  pauseMs: 500,
  longestPauseMs: 8_000,
};

export interface RestartOptions {
  readonly policy?: RestartPolicy;
  readonly report: (line: string) => void;
  /** Told why, when a process ended too often. */
  readonly giveUp: (reason: string) => void;
}

/** Starts what ended again, one process independent of the other. Disposing of it ends no process. */
export class Restarts implements AsyncDisposable {
  readonly #policy: RestartPolicy;
  readonly #o: RestartOptions;
  readonly #end = new AbortController();
  readonly #earlier = new Map<string, number[]>();
  readonly #under = new Map<string, Promise<void>>();

  constructor(o: RestartOptions) {
    this.#o = o;
    this.#policy = o.policy ?? restartPolicy;
  }

  /** Takes notice of an end that nobody asked for. */
  died(process: ManagedProcess, death: Death): void {
    this.#begin(process, describeDeath(death));
  }

  /** Ends a process that runs and does not do its work, and starts it again. */
  replace(process: ManagedProcess, why: string): void {
    this.#begin(process, `${process.name} ${why}`, () => process.kill("SIGKILL"));
  }

  /** Whether a process is being started again now. */
  isUnder(process: ManagedProcess): boolean {
    return this.#under.has(process.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#under.values());
  }

  #begin(process: ManagedProcess, why: string, first?: () => Promise<void>): void {
    // A start that fails is told as a death as well.
    if (this.#end.signal.aborted || this.isUnder(process)) return;
    const done = this.#restart(process, why, first)
      .catch((error: unknown) => {
        if (!this.#end.signal.aborted) this.#o.giveUp(messageOf(error));
      })
      .finally(() => this.#under.delete(process.name));
    this.#under.set(process.name, done);
  }

  async #restart(process: ManagedProcess, why: string, first?: () => Promise<void>): Promise<void> {
    const began = performance.now();
    const { signal } = this.#end;
    let reason = why;
    for (let attempt = 1; ; attempt++) {
      const pause = this.#pauseFor(process, reason);
      if (attempt === 1) this.#o.report(`${reason}; it is started again`);
      if (attempt === 1) await first?.();
      await sleep(pause, undefined, { signal });
      const failure = await this.#start(process);
      if (failure === undefined) break;
      reason = failure;
    }
    this.#o.report(`${process.name} works again after ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  }

  /** Counts an end. Throws if it was one too many. */
  #pauseFor({ name }: ManagedProcess, reason: string): number {
    const { most, withinMs, pauseMs, longestPauseMs } = this.#policy;
    const now = performance.now();
    const recent = (this.#earlier.get(name) ?? []).filter((time) => now - time < withinMs);
    this.#earlier.set(name, [...recent, now]);
    if (recent.length >= most)
      throw new Error(`${reason}; it was started again ${most} times within ${withinMs / 1_000} s`);
    return recent.length === 0 ? 0 : Math.min(longestPauseMs, pauseMs * 2 ** (recent.length - 1));
  }

  /** Gives what was wrong with a start that failed. */
  async #start(process: ManagedProcess): Promise<string | undefined> {
    const { signal } = this.#end;
    signal.throwIfAborted();
    try {
      await process.start(signal);
      // An end in the same moment was taken for one of the start.
      return process.running ? undefined : `${process.name} ended at once`;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProcessDiedError)) await process.kill("SIGKILL");
      return messageOf(error);
    }
  }
}
