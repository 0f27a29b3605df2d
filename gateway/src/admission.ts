/** Counts the calls at work and refuses those that are too many. */
export interface Admission {
  readonly size: number;
  /** Takes a place; undefined if all are taken. The function that comes back gives it up, once. */
  enter(): (() => void) | undefined;
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
