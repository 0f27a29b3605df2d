/** The writes of the workload. */
export type Operation = "create" | "update" | "complete" | "reopen" | "delete" | "restore";

/** What a write makes of its task. */
export interface Effect {
  readonly title: string;
  readonly completed: boolean;
  readonly deleted: boolean;
}

/** The answer to a write. */
export interface Answer {
  readonly taskId: string;
  readonly userSeq: bigint;
}

/** One write, however often it was sent: all attempts carry the same `requestId`. */
export interface Write {
  readonly userId: string;
  readonly operation: Operation;
  readonly requestId: string;
  readonly effect: Effect;
  /** Every acknowledgement, in the order of the attempts. None: nobody knows whether it took effect. */
  readonly answers: Answer[];
}

/** What a user was shown as their own. */
export interface Reading {
  readonly userId: string;
  readonly taskIds: readonly string[];
}

/** What the callers know. */
export interface History {
  readonly writes: Write[];
  readonly readings: Reading[];
}

/** The event of each operation. */
export const eventTypes: Readonly<Record<Operation, string>> = {
  create: "todo.task.v1.TaskCreated",
  update: "todo.task.v1.TaskUpdated",
  complete: "todo.task.v1.TaskCompleted",
  reopen: "todo.task.v1.TaskReopened",
  delete: "todo.task.v1.TaskDeleted",
  restore: "todo.task.v1.TaskRestored",
};
