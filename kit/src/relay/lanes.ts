import type { Failpoints } from "../failpoint.ts";
import { partitionOf } from "../partition.ts";
import { batchBytes, type EventPublisher, PoisonRecordError } from "../publisher.ts";
import { relayParked, relayRecords, relaySends } from "./metrics.ts";
import type { OutboxRow } from "./rows.ts";

/** The most rows of one send. */
const batchRows = 500;
/** From how many streams on, sent or held back, no more rows are asked for. */
const mostStreams = 5_000;

export interface LanesOptions {
  publisher: EventPublisher;
  failpoints: Failpoints;
  /** Takes out rows that the broker has; must run where the shards are led. */
  remove(seqs: readonly string[]): Promise<void>;
  park(row: OutboxRow, error: PoisonRecordError): Promise<void>;
  /** Called when rows that were left out, for their streams or their lane were busy, should be asked for again. */
  onFree(): void;
  /** Called when a lane failed: nothing is certain any more and the session must end. */
  onFailure(error: unknown): void;
  signal: AbortSignal;
}

interface Lane {
  topic: string;
  partition: number;
  /** The streams that could not start because of this lane. */
  waiting: Set<string>;
}

interface StreamInFlight {
  shard: number;
  rows: number;
  /** A row of it was parked: the rest stays where it is. */
  parked: boolean;
}

/**
 * The sends of one session: one lane per topic and partition with one send in flight, each on its own, so that a
 * partition without a leader holds nobody else up. A stream is either wholly in flight or not at all, so that its order
 * survives however its rows are spread over lanes.
 */
export class Lanes {
  readonly #o: LanesOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #streams = new Map<string, StreamInFlight>();
  readonly #running = new Set<Promise<void>>();
  #leftOut = false;

  constructor(o: LanesOptions) {
    this.#o = o;
  }

  /** The streams of which no rows are wanted now. If there are any, the next lane that gets free calls `onFree`. */
  leaveOut(): string[] {
    const streams = this.#busyStreams;
    this.#leftOut ||= streams.length > 0;
    return streams;
  }

  get #busyStreams(): string[] {
    return [...this.#streams.keys(), ...[...this.#lanes.values()].flatMap(({ waiting }) => [...waiting])];
  }

  get full(): boolean {
    return this.#busyStreams.length >= mostStreams;
  }

  isBusy(shard: number): boolean {
    return [...this.#streams.values()].some((stream) => stream.shard === shard);
  }

  /** Resolves when no send is in flight. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Starts the rows whose lanes are free, and tells which. The others are asked for again when they are. */
  dispatch(rows: readonly OutboxRow[]): OutboxRow[] {
    const starting = new Map<string, OutboxRow[]>();
    for (const [streamId, ofStream] of Map.groupBy(rows, (row) => row.stream_id)) {
      const names = new Set(ofStream.map(laneName));
      const busy = [...names].map((name) => this.#lanes.get(name)).find((lane) => lane !== undefined);
      if (busy !== undefined) {
        busy.waiting.add(streamId);
        continue;
      }
      this.#streams.set(streamId, { shard: ofStream[0]?.shard ?? 0, rows: ofStream.length, parked: false });
      for (const row of ofStream) {
        const ofLane = starting.get(laneName(row));
        if (ofLane === undefined) starting.set(laneName(row), [row]);
        else ofLane.push(row);
      }
    }
    for (const [name, ofLane] of starting) this.#start(name, ofLane);
    return [...starting.values()].flat();
  }

  #start(name: string, rows: OutboxRow[]): void {
    const [first] = rows;
    if (first === undefined) return;
    const lane: Lane = { topic: first.topic, partition: partitionOf(first.key), waiting: new Set() };
    this.#lanes.set(name, lane);
    const run = this.#run(lane, rows)
      .catch((error: unknown) => this.#o.onFailure(error))
      .finally(() => {
        this.#lanes.delete(name);
        this.#running.delete(run);
        if (!this.#leftOut && lane.waiting.size === 0) return;
        this.#leftOut = false;
        this.#o.onFree();
      });
    this.#running.add(run);
  }

  async #run(lane: Lane, rows: OutboxRow[]): Promise<void> {
    for (const batch of batches(rows)) await this.#send(lane, batch);
  }

  /** Sends a batch, and in halves if one of its records is refused, until that one stands alone. */
  async #send(lane: Lane, batch: OutboxRow[]): Promise<void> {
    const isParked = (row: OutboxRow) => this.#streams.get(row.stream_id)?.parked === true;
    const [rows, held] = [batch.filter((row) => !isParked(row)), batch.filter(isParked)];
    this.#finish(held);
    const [first] = rows;
    if (first === undefined) return;
    try {
      await this.#append(lane, rows);
    } catch (error) {
      if (!(error instanceof PoisonRecordError)) throw error;
      if (rows.length === 1) return this.#park(first, error);
      const half = Math.ceil(rows.length / 2);
      await this.#send(lane, rows.slice(0, half));
      await this.#send(lane, rows.slice(half));
      return;
    }
    await this.#o.remove(rows.map(({ seq }) => seq));
    this.#finish(rows);
  }

  async #append(lane: Lane, rows: OutboxRow[]): Promise<void> {
    const { publisher, failpoints, signal } = this.#o;
    signal.throwIfAborted();
    await failpoints.hit("relay.before-send");
    await publisher.append(lane.topic, lane.partition, rows, signal);
    relaySends.add(1, { topic: lane.topic });
    relayRecords.add(rows.length, { topic: lane.topic });
    await failpoints.hit("relay.after-send-before-delete");
  }

  async #park(row: OutboxRow, error: PoisonRecordError): Promise<void> {
    await this.#o.park(row, error);
    relayParked.add(1, { topic: row.topic });
    const stream = this.#streams.get(row.stream_id);
    if (stream !== undefined) stream.parked = true;
    this.#finish([row]);
  }

  #finish(rows: readonly OutboxRow[]): void {
    for (const { stream_id } of rows) {
      const stream = this.#streams.get(stream_id);
      if (stream !== undefined && --stream.rows === 0) this.#streams.delete(stream_id);
    }
  }
}

function laneName(row: OutboxRow): string {
  return `${row.topic}/${partitionOf(row.key)}`;
}

/** Cuts rows into batches that the broker takes; a row beyond the limit stands alone. */
function* batches(rows: readonly OutboxRow[]): Iterable<OutboxRow[]> {
  let batch: OutboxRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = (row.value?.length ?? 0) + row.key.length + 512;
    if (batch.length > 0 && (batch.length >= batchRows || bytes + size > batchBytes)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(row);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
