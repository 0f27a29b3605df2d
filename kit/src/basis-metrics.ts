import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { subscriptionsOf } from "./event-catalogue.ts";
import type { KafkaConnection } from "./kafka-connection.ts";
import { type GroupLag, kafkaInspector } from "./kafka-inspector.ts";
import type { Logger } from "./log.ts";
import { gauge } from "./metrics.ts";
import { parkedState } from "./parked-state.ts";
import type { AppId } from "./services.ts";

const [parkedEveryMs, lagEveryMs] = [5_000, 15_000];

/** Shows how busy a pool is, until it is disposed of. */
export function observePool(schema: AppId, pool: pg.Pool): Disposable {
  return disposable([
    gauge("db_pool_connections", () => [
      [pool.totalCount - pool.idleCount, { schema, state: "used" }],
      [pool.idleCount, { schema, state: "idle" }],
    ]),
    gauge("db_pool_waiting", () => [[pool.waitingCount, { schema }]]),
  ]);
}

/**
 * Shows what a consumer has parked and how far it is behind, until it is disposed of. While the database or the broker
 * is away the last figures stand. Without Kafka nothing is said of the lag.
 */
export function observeConsumer(o: {
  app: AppId;
  pool: pg.Pool;
  kafka: KafkaConnection | undefined;
  log: Logger;
}): Disposable {
  const { app: schema, pool, kafka, log } = o;
  const topics = subscriptionsOf(schema);
  if (topics.length === 0) return disposable([]);
  const stop = new AbortController();
  let parked = { keys: 0, rows: 0 };
  let lag: readonly GroupLag[] = [];
  const every = (ms: number, what: string, look: () => Promise<void>) =>
    void repeat({ ms, what, look, stop: stop.signal, log });
  every(parkedEveryMs, "parked", async () => {
    parked = await parkedState(pool);
  });
  if (kafka !== undefined) {
    const inspector = kafkaInspector({ kafka, clientId: `${schema}-lag` });
    every(lagEveryMs, "lag", async () => {
      // The group of an app is called as the app, which is what its sidecar makes of having no other name.
      lag = await inspector.lagOf(schema, topics);
    });
  }
  return disposable([
    () => stop.abort(),
    gauge("events_parked_keys", () => [[parked.keys, { schema }]]),
    gauge("events_parked_rows", () => [[parked.rows, { schema }]]),
    gauge("consumer_lag_records", () =>
      lag.map(({ topic, lag: behind }) => [Number(behind), { schema, topic }]),
    ),
  ]);
}

/** Repeats a look at something that may be away, and says so once each time it went. */
async function repeat(o: {
  ms: number;
  what: string;
  look: () => Promise<void>;
  stop: AbortSignal;
  log: Logger;
}): Promise<void> {
  let seen = true;
  while (!o.stop.aborted) {
    try {
      await o.look();
      seen = true;
    } catch (error) {
      if (seen && !o.stop.aborted) o.log.warn({ err: error, what: o.what }, "a metric keeps its last value");
      seen = false;
    }
    await sleep(o.ms, undefined, { signal: o.stop, ref: false }).catch(() => {});
  }
}

function disposable(undo: readonly (() => void)[]): Disposable {
  return {
    [Symbol.dispose]() {
      for (const one of undo) one();
    },
  };
}
