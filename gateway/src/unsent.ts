import { isGone, type Outgoing } from "#src/http.ts";

/** How much of complete answers may wait for one that takes them. Sizes in bytes. */
export interface UnsentLimits {
  answers: number;
  bytes: number;
}

export const defaultUnsentLimits: UnsentLimits = { answers: 256, bytes: 16_777_216 };

/** Bounds the answers that are complete, but not taken: of a connection, an address and a user. */
export interface UnsentAnswers {
  /**
   * Counts the answer of `response` from its completion to its end, or cuts it if there is too much already.
   *
   * @param keysOf whose it is; what is undefined has no bound
   */
  track(response: Outgoing, keysOf: () => readonly unknown[]): void;
}

interface Waiting {
  answers: number;
  bytes: number;
}

export function createUnsentAnswers(limits: UnsentLimits = defaultUnsentLimits): UnsentAnswers {
  const waiting = new Map<unknown, Waiting>();
  const add = (keys: readonly unknown[], answers: number, bytes: number): boolean => {
    let fits = true;
    for (const key of keys) {
      const sum = waiting.get(key) ?? { answers: 0, bytes: 0 };
      sum.answers += answers;
      sum.bytes += bytes;
      if (sum.answers === 0) waiting.delete(key);
      else waiting.set(key, sum);
      fits &&= sum.answers <= limits.answers && sum.bytes <= limits.bytes;
    }
    return fits;
  };
  return {
    track(response, keysOf) {
      whenComplete(response, () => {
        if (isGone(response)) return;
        const keys = keysOf().filter((key) => key !== undefined);
        const bytes = response.writableLength;
        response.once("close", () => add(keys, -1, -bytes));
        if (!add(keys, 1, bytes)) response.destroy();
      });
    },
  };
}

/** Runs something when all of an answer has been written, whether it is taken or not. Node has no event for that. */
function whenComplete(response: Outgoing, fn: () => void): void {
  const end = response.end as (...args: unknown[]) => unknown;
  let complete = false;
  const ending = (...args: unknown[]) => {
    end.apply(response, args);
    if (!complete) fn();
    complete = true;
    return response;
  };
  Object.assign(response, { end: ending });
}
