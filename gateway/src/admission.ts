/** Counts the calls at work and refuses those that are too many. */
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

export function createAdmission(limit: number): Admission {
  let size = 0;
  return {
    get size() {
      return size;
    },
    enter() {
      if (size >= limit) return undefined;
      size += 1;
      let held = true;
      return () => {
        if (held) size -= 1;
        held = false;
      };
    },
  };
}
