import { LruMap } from "@todo/kit/lru";

/** What a process knows of a user while one of the user's writes is at work. */
export interface Turn {
  /** The user's newest `user_seq`; `undefined`: not known. Another process may have moved it on. */
  newest: bigint | undefined;
}

/** A write waited longer than allowed for the writes of the same user before it. */
export class TurnLateError extends Error {
  override readonly name = "TurnLateError";
}

/**
 * Lets the writes of one user pass one after the other, in the order in which they came. Across processes the counter
 * row does that; here it keeps writes from meeting there, and one user's queue from holding all connections.
 *
 * How many may wait is bounded by the calls that the server takes at once.
 */
export interface Turns {
  /** @throws TurnLateError, or the signal's reason. */
  take<T>(userId: string, signal: AbortSignal, work: (turn: Turn) => Promise<T>): Promise<T>;
}

interface Queue {
  /** Resolves when the turn of the last one in it is over; `undefined`: it is empty. */
  last: Promise<void> | undefined;
  turn: Turn;
}

/** How many users are remembered. One who is forgotten costs one more read. */
const usersKept = 10_000;

export function createTurns(o: { waitMs: number }): Turns {
  const queues = new LruMap<string, Queue>(usersKept);
  return {
    async take(userId, signal, work) {
      const queue = queues.get(userId) ?? { last: undefined, turn: { newest: undefined } };
      queues.set(userId, queue);
      const before = queue.last;
      const done = Promise.withResolvers<void>();
      stand(queue, before === undefined ? done.promise : before.then(() => done.promise));
      try {
        signal.throwIfAborted();
        if (before !== undefined) await arrival(before, signal, o.waitMs);
        return await work(queue.turn);
      } finally {
        done.resolve();
      }
    },
  };
}

/** Takes the last place of a queue, until it is over with nobody behind it. */
function stand(queue: Queue, place: Promise<void>): void {
  queue.last = place;
  void place.then(() => {
    if (queue.last === place) queue.last = undefined;
  });
}

async function arrival(before: Promise<void>, signal: AbortSignal, waitMs: number): Promise<void> {
  const given = Promise.withResolvers<never>();
  const abort = () => given.reject(signal.reason);
  const timer = setTimeout(() => given.reject(new TurnLateError()), waitMs);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([before, given.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
