import { LruMap } from "@todo/kit/lru";

/** So many calls a minute, under a name that callers get to see. */
export interface Quota {
  readonly name: string;
  readonly perMinute: number;
}

/** What one key has left of a quota. */
export interface Room {
  readonly quota: Quota;
  readonly remaining: number;
  /** Until a call fits again; until all is free again, while one fits. */
  readonly resetMs: number;
}

/** Counts calls by key. A key that nobody used for a minute has all of its quota again. */
export interface Bucket {
  readonly quota: Quota;
  /** How long a call of this key has to wait; 0: it fits now. */
  waitMs(key: string): number;
  take(key: string): void;
  room(key: string): Room;
}

const minuteMs = 60_000;
/** As many as one gateway can hear in a minute, and so nobody gets a new quota by driving the old one out. */
const rememberedKeys = 65_536;

interface Level {
  used: number;
  at: number;
}

/** A token bucket for each key: what was used comes back evenly over the minute. */
export function createBucket(quota: Quota, now: () => Date): Bucket {
  const levels = new LruMap<string, Level>(rememberedKeys);
  const perMs = quota.perMinute / minuteMs;
  const usedOf = (key: string): number => {
    const level = levels.get(key);
    if (level === undefined) return 0;
    // A clock that was set back gives nothing back, and locks nobody out.
    const elapsed = Math.max(0, now().getTime() - level.at);
    return Math.max(0, level.used - elapsed * perMs);
  };
  const waitMs = (key: string): number => {
    const excess = usedOf(key) + 1 - quota.perMinute;
    // What the division loses is no reason to wait.
    return excess < 1e-6 ? 0 : excess / perMs;
  };
  return {
    quota,
    waitMs,
    take(key) {
      levels.set(key, { used: usedOf(key) + 1, at: now().getTime() });
    },
    room(key) {
      const used = usedOf(key);
      const remaining = Math.max(0, Math.floor(quota.perMinute - used + 1e-6));
      return { quota, remaining, resetMs: remaining === 0 ? waitMs(key) : used / perMs };
    },
  };
}
