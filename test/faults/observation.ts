/** A row of `task.task`. */
export interface TaskRow {
  readonly id: string;
  readonly userId: string;
  readonly userSeq: bigint;
  readonly title: string;
  readonly completed: boolean;
  readonly deleted: boolean;
}

/** A row of `task.feed`. */
export interface FeedRow {
  readonly userId: string;
  readonly userSeq: bigint;
  readonly type: string;
  readonly taskId: string;
}

/** A record of the topic `task.events`. */
export interface EventRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string;
  readonly eventId: string;
  readonly type: string;
  readonly userId: string;
  readonly userSeq: bigint;
  readonly taskId: string;
}

/** An entry of a user's audit log. */
export interface EntryRow {
  readonly userId: string;
  readonly number: bigint;
  readonly eventId: string;
  readonly taskId: string;
}

/** Everything that the system holds of the users of a workload, once it has come to rest. */
export interface Observation {
  readonly tasks: readonly TaskRow[];
  readonly feed: readonly FeedRow[];
  readonly records: readonly EventRecord[];
  readonly entries: readonly EntryRow[];
  /** The users whose audit chain does not verify. */
  readonly brokenChains: readonly string[];
}
