/** A bound on what runs at once. */
export interface Admission {
  readonly size: number;
  /** Takes a place; undefined if all are taken. The function that comes back gives it up, once. */
  enter(): (() => void) | undefined;
}

/** Keeps one key from taking all the places. It remembers those at work only. */
export interface KeyedAdmission {
  enter(key: string): (() => void) | undefined;
}

export function createKeyedAdmission(limitPerKey: number): KeyedAdmission {
  const byKey = new Map<string, Admission>();
  return {
    enter(key) {
      const admission = byKey.get(key) ?? createAdmission(limitPerKey);
      const leave = admission.enter();
      if (leave === undefined) return undefined;
      byKey.set(key, admission);
      return () => {
        leave();
        if (admission.size === 0 && byKey.get(key) === admission) byKey.delete(key);
      };
    },
  };
}

/** One more place in four, for those who have few when all others are taken. */
const reservePart = 4;

/** Places that users or addresses share. */
export interface FairAdmission {
  /** Takes a place. The function that comes back gives it up, once; a text says who has too many of what. */
  enter(key: string): (() => void) | string;
}

/**
 * Places of all keys together. When they are taken, a key that holds less than an equal part of them still gets in, from
 * a reserve of a quarter: whoever asks for much cannot keep those out who ask for little.
 */
export function createFairAdmission(o: {
  all: Admission & { readonly limit: number };
  perKey: number;
  /** What has these places, such as `calls`, and whose they are. */
  what: string;
  who: "user" | "address";
}): FairAdmission {
  const held = new Map<string, number>();
  let reserved = 0;
  const reserve = (own: number): (() => void) | undefined => {
    const keys = held.size + (own === 0 ? 1 : 0);
    if (own >= o.all.limit / keys || reserved >= Math.ceil(o.all.limit / reservePart)) return undefined;
    reserved += 1;
    return () => {
      reserved -= 1;
    };
  };
  return {
    enter(key) {
      const own = held.get(key) ?? 0;
      if (own >= o.perKey) return `too many ${o.what} of this ${o.who} at once`;
      const leave = o.all.enter() ?? reserve(own);
      if (leave === undefined) return `too many ${o.what} at once`;
      held.set(key, own + 1);
      return once(() => {
        leave();
        const left = (held.get(key) ?? 1) - 1;
        if (left === 0) held.delete(key);
        else held.set(key, left);
      });
    },
  };
}

export function createAdmission(limit: number): Admission & { readonly limit: number } {
  let size = 0;
  return {
    limit,
    get size() {
      return size;
    },
    enter() {
      if (size >= limit) return undefined;
      size += 1;
      return once(() => {
        size -= 1;
      });
    },
  };
}

function once(fn: () => void): () => void {
  let done = false;
  return () => {
    if (!done) fn();
    done = true;
  };
}
