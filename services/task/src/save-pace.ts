import { deadlineTooClose } from "./errors.ts";

/** How many changes of one command are stored without asking whether there is time. */
const few = 50;

/** What a change is taken to cost before any was seen, and at least and at most afterwards, in milliseconds. */
const [first, least, most] = [0.5, 0.1, 20];

/** How much the newest command counts. */
const weight = 0.3;

/**
 * How long it takes to store the changes of large commands, as this process saw it last. A command for which the deadline
 * leaves too little time is refused before it is stored, since its caller would not hear what became of it.
 */
export interface SavePace {
  /** Throws DEADLINE_PASSED. `leftMs`: until the caller stops to wait; `undefined`: it does not. */
  requireTime(changes: number, leftMs: number | undefined): void;
  took(changes: number, ms: number): void;
}

export function createSavePace(): SavePace {
  let msPerChange = first;
  return {
    requireTime(changes, leftMs) {
      if (leftMs === undefined || changes <= few || leftMs >= changes * msPerChange) return;
      // So that one slow command does not refuse all that follow.
      msPerChange = Math.max(first, msPerChange * (1 - weight));
      throw deadlineTooClose(changes);
    },
    took(changes, ms) {
      if (changes <= few) return;
      const seen = Math.min(most, Math.max(least, ms / changes));
      msPerChange += weight * (seen - msPerChange);
    },
  };
}
