import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { createFailpoints, type Failpoints } from "./failpoint.ts";
import type { Logger } from "./log.ts";
import { gauge } from "./metrics.ts";
import type { EventPublisher } from "./publisher.ts";
import { shardCount } from "./relay/leadership.ts";
import { hasRowsToSend, type OutboxState, outboxState } from "./relay/rows.ts";
import { runSession } from "./relay/session.ts";
import type { ShareLimits } from "./relay/shares.ts";
import { coalesced, createBell } from "./relay/wake.ts";
import type { AppId } from "./services.ts";

export { releaseStream } from "./relay/rows.ts";

export interface Relay extends AsyncDisposable {
  /** Says that rows were committed. Call it after the commit; it returns at once and never throws. */
  kick(): void;
  /**
   * Resolves when no row waits that could be sent; for tests.
   *
   * @throws Error after `timeoutMs`, by default 10 s.
   */
  drained(o?: { timeoutMs?: number }): Promise<void>;
  /** The rows that wait, as last seen at most a second or so ago; for the cap on writes. */
  depth(): number;
}

export interface RelayOptions {
  /** For the notification of other processes, and for counting. */
  pool: pg.Pool;
  /** The DSN of the relay's own connection; direct, not through a pooler in transaction mode. */
  listenUrl: string;
  schema: AppId;
  publisher: EventPublisher;
  log: Logger;
  failpoints?: Failpoints;
  /** How long to wait for a wake-up before looking anyway; by default 400 ms. */
  pollMs?: number;
  /** How often it looks whether other relays came or went; by default 1 s. */
  rebalanceMs?: number;
  /** How much of one user's is sent at once; by default `shareLimits`. */
  shares?: ShareLimits;
  /** How long the current batches get when it stops; by default 5 s. */
  graceMs?: number;
}

/** Between sessions, while Postgres is away: from 50 ms to 5 s. */
const backoff = { firstMs: 50, mostMs: 5_000 };
const measureMs = 1_000;
/** Well below the cap on writes, and more than one call can write. */
const deepRows = 10_000;

/**
 * Moves rows from the outbox to the broker, for ever: each at least once, those of a stream in their order. It starts
 * and stays while Postgres or the broker is away. Any number may run: they share the shards.
 */
export async function startRelay(o: RelayOptions): Promise<Relay> {
  const stop = new AbortController();
  const bell = createBell();
  let shards = 0;
  let state: OutboxState = { depth: 0, ageSeconds: 0, parkedStreams: 0 };

  const sessions = sessionsUntil(o, stop.signal, (signal) =>
    runSession({
      ...o,
      failpoints: o.failpoints ?? createFailpoints({}),
      pollMs: o.pollMs ?? 400,
      rebalanceMs: o.rebalanceMs ?? 1_000,
      graceMs: o.graceMs ?? 5_000,
      bell,
      stop: signal,
      isDeep: () => state.depth >= deepRows,
      onLeadership: (led) => {
        shards = led;
      },
    }).finally(() => {
      shards = 0;
    }),
  );
  void measure(o.pool, stop.signal, (now) => {
    state = now;
  });
  const unobserve = observe(o.schema, () => ({ ...state, shards }));
  const notifyOthers = coalesced(() => notify(o.pool, o.schema), 5);

  return {
    kick() {
      bell.ring();
      if (shards < shardCount && !stop.signal.aborted) notifyOthers();
    },
    drained: (options) => drained(o.pool, bell.ring, options?.timeoutMs ?? 10_000),
    depth: () => state.depth,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await sessions;
      unobserve();
    },
  };
}

/** One session after the other. A session that lasted starts the back-off anew. */
async function sessionsUntil(
  o: RelayOptions,
  stop: AbortSignal,
  run: (stop: AbortSignal) => Promise<void>,
): Promise<void> {
  for (let attempt = 0; !stop.aborted; attempt++) {
    const startedAt = Date.now();
    try {
      await run(stop);
    } catch (error) {
      o.log.warn({ schema: o.schema, err: error }, "relay session ended, another one begins");
    }
    if (Date.now() - startedAt > 10_000) attempt = 0;
    const most = Math.min(backoff.mostMs, backoff.firstMs * 2 ** Math.min(attempt, 10));
    await sleep(most * (0.5 + Math.random() / 2), undefined, { signal: stop }).catch(() => {});
  }
}

async function measure(
  pool: pg.Pool,
  stop: AbortSignal,
  onState: (state: OutboxState) => void,
): Promise<void> {
  while (!stop.aborted) {
    // While the database is away the last figures stand; the relay's session says so in the log.
    await outboxState(pool).then(onState, () => {});
    await sleep(measureMs, undefined, { signal: stop }).catch(() => {});
  }
}

function observe(schema: AppId, state: () => OutboxState & { shards: number }): () => void {
  const undo = [
    gauge("outbox_depth", () => [[state().depth, { schema }]]),
    gauge("outbox_age_seconds", () => [[state().ageSeconds, { schema }]]),
    gauge("outbox_parked_streams", () => [[state().parkedStreams, { schema }]]),
    gauge("relay_shards_led", () => [[state().shards, { schema }]]),
  ];
  return () => {
    for (const stop of undo) stop();
  };
}

/**
 * Wakes the relays of other processes. Never part of the transaction that recorded the rows: NOTIFY holds a lock of the
 * whole server across the commit's flush. Whatever goes wrong here, the others' poll makes up for.
 */
async function notify(pool: pg.Pool, schema: string): Promise<void> {
  // Two statements in one query are one transaction of their own, without a begin that an error would leave open.
  const channel = `outbox_${schema}`.replaceAll("'", "''");
  await pool.query(`set local synchronous_commit = off; select pg_notify('${channel}', '')`).catch(() => {});
}

async function drained(pool: pg.Pool, kick: () => void, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (await hasRowsToSend(pool)) {
    if (Date.now() > deadline) throw new Error(`the outbox was not drained within ${timeoutMs} ms`);
    kick();
    await sleep(20);
  }
}
