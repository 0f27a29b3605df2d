import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { connectionConfig, endClient } from "../database.ts";
import type { Failpoints } from "../failpoint.ts";
import type { Logger } from "../log.ts";
import type { EventPublisher } from "../publisher.ts";
import { within } from "../within.ts";
import { Lanes } from "./lanes.ts";
import { joinRelays, type Leadership } from "./leadership.ts";
import {
  createRemoval,
  nextRows,
  oneAtATime,
  parkRow,
  planForQueue,
  type Queryable,
  wereLimited,
} from "./rows.ts";
import { type ShareLimits, Shares } from "./shares.ts";
import type { Bell } from "./wake.ts";

export interface SessionOptions {
  listenUrl: string;
  schema: string;
  publisher: EventPublisher;
  failpoints: Failpoints;
  log: Logger;
  bell: Bell;
  pollMs: number;
  /** How often it looks whether other relays came or went. */
  rebalanceMs: number;
  /** When to end: no new batch then, and the current ones get `graceMs`. */
  stop: AbortSignal;
  graceMs: number;
  shares?: ShareLimits | undefined;
  /** Whether so much waits that shares are no reason to wait. */
  isDeep(): boolean;
  /** Called after every rebalance, with how many shards it leads. */
  onLeadership(shards: number): void;
}

/**
 * After a look that found this many rows, the next one waits until more have gathered: it costs about as much for one
 * row as for fifty, and under load there would be one for every few writes.
 */
const [manyRows, gatherMs] = [8, 10];

/**
 * One connection's life as a relay. It leads shards, reads their rows and deletes them on one and the same connection:
 * if that is lost, so is the lead, and another relay may go on. What was sent but not deleted is sent again then.
 *
 * @throws whatever ended it, unless `stop` did.
 */
export async function runSession(o: SessionOptions): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([o.stop, failed.signal]);
  await using connection = await connect(o, (error) => failed.abort(error));
  const { client } = connection;
  const hard = new AbortController();
  failed.signal.addEventListener("abort", () => hard.abort(failed.signal.reason), { once: true });
  const lanes = new Lanes({
    publisher: o.publisher,
    failpoints: o.failpoints,
    remove: createRemoval(client),
    async park(row, error) {
      await parkRow(client, row.seq, error.type);
      o.log.error(
        { topic: row.topic, stream_id: row.stream_id, event_id: row.headers["ce_id"], reason: error.type },
        "outbox row parked: the broker refuses it",
      );
    },
    onFree: () => o.bell.ring(),
    onFailure: (error) => failed.abort(error),
    signal: hard.signal,
  });
  try {
    await planForQueue(client);
    const leadership = await joinRelays(client, o.schema);
    await pump(o, client, leadership, lanes, signal);
    if (!failed.signal.aborted) await within(o.graceMs, lanes.idle()).catch(() => {});
  } finally {
    hard.abort(new Error("the relay session ended"));
    await lanes.idle();
  }
  failed.signal.throwIfAborted();
}

async function pump(
  o: SessionOptions,
  client: Queryable,
  leadership: Leadership,
  lanes: Lanes,
  signal: AbortSignal,
): Promise<void> {
  let rebalanceAt = 0;
  const shares = new Shares(o.shares);
  while (!signal.aborted) {
    if (Date.now() >= rebalanceAt) {
      await leadership.rebalance((shard) => lanes.isBusy(shard));
      o.onLeadership(leadership.shards.length);
      rebalanceAt = Date.now() + jittered(o.rebalanceMs);
    }
    const leftOut = lanes.leaveOut();
    const served = shares.leaveOut();
    const found = lanes.full ? [] : await nextRows(client, leadership.shards, leftOut, served);
    // They may have been asked for before the end and come after it.
    if (signal.aborted) return;
    shares.count(lanes.dispatch(shares.within(found)));
    if (wereLimited(found)) continue;
    if (served.length > 0 && o.isDeep()) {
      // Nobody else's rows lie behind it, and a full outbox would refuse everybody's writes.
      shares.begin();
      continue;
    }
    if (found.length >= manyRows) await sleep(gatherMs, undefined, { signal }).catch(() => {});
    const nextLook = Math.min(jittered(o.pollMs), shares.msToNext(), rebalanceAt - Date.now());
    await o.bell.wait(Math.max(0, nextLook), signal);
  }
}

/** So that replicas that started together do not ask together. */
function jittered(ms: number): number {
  return ms * (0.75 + Math.random() / 2);
}

async function connect(
  o: SessionOptions,
  onLost: (error: Error) => void,
): Promise<{ client: Queryable } & AsyncDisposable> {
  const client = new pg.Client(
    connectionConfig({ url: o.listenUrl, schema: o.schema, name: `relay ${o.schema}` }),
  );
  client.on("error", onLost);
  client.on("end", () => onLost(new Error("the relay's connection ended")));
  client.on("notification", () => o.bell.ring());
  try {
    await client.connect();
    await client.query(`listen ${pg.escapeIdentifier(`outbox_${o.schema}`)}`);
  } catch (error) {
    await endClient(client);
    throw error;
  }
  return { client: oneAtATime(client), [Symbol.asyncDispose]: () => endClient(client) };
}
