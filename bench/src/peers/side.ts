/** What is compared, in the order in which it is measured: the last two make the tables grow. */
export const operations = ["get", "list", "update", "complete", "create"] as const;
export type Operation = (typeof operations)[number];

/** What everybody shows of a task. */
export interface Shown {
  id: string;
  title: string;
  description: string;
  priority: number;
  tags: readonly string[];
  /** `YYYY-MM-DD`. */
  due: string | undefined;
  status: number;
  completed: boolean;
}

/** What an operation is about, as far as it needs to know. */
export interface Subject {
  id: string;
  /** The new title. */
  title: string;
}

/** One of those that are compared. */
export interface Side {
  readonly name: string;
  /** Does an operation for the user of a place. The answer is there, and is read only if somebody wants to see it. */
  ask(operation: Operation, place: number, subject: Subject): Promise<() => Shown[]>;
  readonly stock: Stock;
  /** The processor time that its process has used, in milliseconds; NaN where nobody can tell. */
  cpuMs(): Promise<number>;
}

/** Brings the rows of a side into place while nobody measures. */
export interface Stock {
  /** Copies a task, each copy due a day later than the one before; answers with the ids of the copies. */
  copy(id: string, count: number): Promise<string[]>;
  /** Opens the tasks again that were completed, and tidies up. */
  reopen(): Promise<void>;
}

export const pageSize = 50;
