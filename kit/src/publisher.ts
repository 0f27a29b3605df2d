/** One record of a topic. A `null` value is a tombstone. */
export interface EventRecord {
  key: string;
  value: Uint8Array | null;
  headers: Record<string, string>;
}

/** The port to the broker. Every adapter passes the same contract suite (kit/test/publisher.test.ts). */
export interface EventPublisher extends AsyncDisposable {
  /**
   * Stores records at the end of one partition, in their order, and resolves when every in-sync replica has them. A
   * failure that time may cure is retried until `signal` aborts, so records may be stored more than once, never less.
   *
   * @throws PoisonRecordError for what no retry cures. Nothing is said about which record of the batch it was.
   * @throws the signal's reason when it aborts. The records may or may not have been stored.
   */
  append(
    topic: string,
    partition: number,
    records: readonly EventRecord[],
    signal: AbortSignal,
  ): Promise<void>;
}

/** The broker will never take these records: too large, no such topic, not allowed. */
export class PoisonRecordError extends Error {
  /** The broker's name of the fault, such as `MESSAGE_TOO_LARGE`. */
  readonly type: string;

  constructor(type: string, options?: ErrorOptions) {
    super(`the broker refuses the records: ${type}`, options);
    this.name = "PoisonRecordError";
    this.type = type;
  }
}

/** The most bytes of one batch, well below the broker's `message.max.bytes` of 1 MiB. */
export const batchBytes = 512 * 1024;
