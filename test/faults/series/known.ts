import type { Habit } from "./habits.ts";

/** The answer to a completion. */
export interface Answer {
  readonly userSeq: bigint;
  readonly completeTime: Date;
}

/** One completion, however often it was sent: all attempts carry the same `requestId`. */
export interface Completion {
  readonly taskId: string;
  readonly requestId: string;
  /** Every acknowledgement. None: nobody knows whether it took effect. */
  readonly answers: Answer[];
  /** When it was acknowledged, and when the next occurrence was shown, as of `performance.now()`. Not set: never. */
  acknowledgedAt?: number;
  nextAt?: number;
}

/** A series as its user knows it. */
export interface KnownSeries {
  readonly id: string;
  readonly userId: string;
  readonly habit: Habit;
  readonly firstTaskId: string;
  /** In the order in which they were made. */
  readonly completions: Completion[];
}
