import type { ManagedProcess } from "./managed-process.ts";
import type { Restarts } from "./restarts.ts";
import { messageOf } from "./wait.ts";

/** How long a process may fail to serve before it is replaced, in milliseconds. */
export interface ServingPatience {
  readonly everyMs: number;
  /** Of one look; a look that fails sooner counts as much. */
  readonly timeoutMs: number;
  /** Failed looks in a row, and the time since the first of them: both are waited for. */
  readonly looks: number;
  readonly forMs: number;
}

/** A process that is frozen is found within 15 s. A machine that slept, or is busy for a moment, replaces nothing. */
export const servingPatience: ServingPatience = { everyMs: 2_000, timeoutMs: 4_000, looks: 3, forMs: 10_000 };

interface Failing {
  readonly since: number;
  readonly looks: number;
}

/** Looks again and again whether processes that run also serve, and replaces those that do not. */
export function watchServing(o: {
  processes: () => Iterable<ManagedProcess>;
  restarts: Pick<Restarts, "isUnder" | "replace">;
  patience?: ServingPatience;
}): Disposable {
  const patience = o.patience ?? servingPatience;
  const failing = new Map<ManagedProcess, Failing>();
  const looking = new Set<ManagedProcess>();
  const look = async (process: ManagedProcess, serves: (signal: AbortSignal) => Promise<void>) => {
    const pid = process.pid;
    const failure = await within(patience.timeoutMs, serves).then(() => undefined, messageOf);
    // It was ended or started again meanwhile: the look says nothing about what runs now.
    if (process.pid !== pid || !process.staying || o.restarts.isUnder(process))
      return failing.delete(process);
    if (failure === undefined) return failing.delete(process);
    const { since, looks } = failing.get(process) ?? { since: performance.now(), looks: 0 };
    failing.set(process, { since, looks: looks + 1 });
    if (looks + 1 < patience.looks || performance.now() - since < patience.forMs) return false;
    failing.delete(process);
    return o.restarts.replace(process, `does not serve: ${failure}`);
  };
  const round = () => {
    for (const process of o.processes()) {
      const { serves } = process.spec;
      if (serves === undefined || looking.has(process) || !process.staying) continue;
      if (o.restarts.isUnder(process)) continue;
      looking.add(process);
      void look(process, serves).finally(() => looking.delete(process));
    }
  };
  const timer = setInterval(round, patience.everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The signal of a look that is late fires; one that does not heed it is not waited for. */
function within(ms: number, serves: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = AbortSignal.timeout(ms);
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(new Error(`no answer within ${ms / 1_000} s`)), {
    once: true,
  });
  return Promise.race([serves(signal), promise]);
}
