import { domainError, ErrorReason } from "@todo/kit/errors";

export interface FairQueueOptions {
  /** How many are at work at the same time. */
  atOnce: number;
  /** How many wait at most, over all lanes. */
  mostWaiting: number;
  /** How long one waits at most. */
  longestWaitMs: number;
}

/** Places for work that is slow on purpose. */
export interface FairQueue {
  /**
   * Waits for a place; disposing of it gives it back. Rejects with RATE_LIMITED if too many wait or the wait is too long,
   * and with the signal's reason as soon as its caller is gone.
   */
  enter(lane: string, signal: AbortSignal): Promise<Disposable>;
  /** How many wait. */
  waiting(): number;
}

interface Waiting {
  lane: string;
  begin: () => void;
  giveUp: (reason: unknown) => void;
}

/**
 * Lanes take turns (fair queueing, RFC 970 section 2), and where too many wait, the newest of the longest lane gives way:
 * who fills a lane waits behind themselves, and somebody else is still let in.
 */
export function createFairQueue(o: FairQueueOptions): FairQueue {
  // In the order in which their turns come.
  const lanes = new Map<string, Waiting[]>();
  let [working, waiting] = [0, 0];

  /** Whether it still waited. */
  const leave = (one: Waiting): boolean => {
    const lane = lanes.get(one.lane) ?? [];
    const left = lane.filter((other) => other !== one);
    if (left.length === lane.length) return false;
    waiting -= 1;
    if (left.length === 0) lanes.delete(one.lane);
    else lanes.set(one.lane, left);
    return true;
  };
  const next = () => {
    const first = lanes.values().next().value?.[0];
    if (first === undefined || working >= o.atOnce) return;
    leave(first);
    const rest = lanes.get(first.lane);
    if (rest !== undefined) {
      lanes.delete(first.lane);
      lanes.set(first.lane, rest);
    }
    first.begin();
  };
  const place = (): Disposable => {
    working += 1;
    let held = true;
    return {
      [Symbol.dispose]() {
        if (!held) return;
        held = false;
        working -= 1;
        next();
      },
    };
  };
  const makeRoom = () => {
    if (waiting <= o.mostWaiting) return;
    const longest = [...lanes.values()].reduce((most, lane) => (lane.length > most.length ? lane : most));
    longest.at(-1)?.giveUp(tooMany());
  };

  return {
    waiting: () => waiting,
    async enter(lane, signal) {
      signal.throwIfAborted();
      if (working < o.atOnce && waiting === 0) return place();
      const { promise, resolve, reject } = Promise.withResolvers<Disposable>();
      const one: Waiting = {
        lane,
        begin: () => resolve(place()),
        giveUp(reason) {
          if (leave(one)) reject(reason);
        },
      };
      waiting += 1;
      lanes.set(lane, [...(lanes.get(lane) ?? []), one]);
      const timer = setTimeout(() => one.giveUp(tooMany()), o.longestWaitMs);
      const gone = () => one.giveUp(signal.reason);
      signal.addEventListener("abort", gone, { once: true });
      makeRoom();
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", gone);
      }
    },
  };
}

function tooMany(): Error {
  return domainError(ErrorReason.RATE_LIMITED, "too many passwords wait to be checked: try again later", {
    retryAfterMs: 1_000,
  });
}
