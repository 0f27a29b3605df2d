import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { subscriptionsOf } from "@todo/kit/event-catalogue";
import { kafkaInspector } from "@todo/kit/kafka-inspector";
import { appIds } from "@todo/kit/services";
import { leftOf, shownCertificate } from "@todo/local/mesh/shown-certificate";
import { openHandles } from "@todo/local/process/usage/handles";
import { look } from "@todo/local/process/usage/look";
import { proportionalBytes } from "@todo/local/process/usage/proportional";
import { answers } from "@todo/local/process/wait";
import { query } from "../faults/query.ts";
import { eventually } from "../system/eventually.ts";
import type { SoakBed } from "./bed.ts";

/** What one process holds. */
export interface Holding {
  readonly pid: number;
  /** Of memory, its children included and shared pages divided, in MiB. */
  readonly mebibytes: number;
  readonly handles: number;
}

/** A look at the whole system. */
export interface Sample {
  /** As of `performance.now()`. */
  readonly at: number;
  /** By process. */
  readonly holdings: ReadonlyMap<string, Holding>;
  /** The instances that did not say that they are ready. */
  readonly unready: readonly string[];
  /** Open connections of the database's clients. */
  readonly connections: number;
  readonly logMebibytes: number;
  /** How long the oldest event has waited for the broker, in seconds. */
  readonly outboxSeconds: number;
  /** Records that consumers have not taken yet, all groups and topics together. */
  readonly lag: number;
  /** The least share of its time that a sidecar's certificate has left; 0: one shows none. */
  readonly certificateLeft: number;
  /** Processes that ended by themselves since the start. */
  readonly deaths: number;
}

const [patienceMs, sampleMs] = [5_000, 30_000];

/**
 * Looks at everything; again where a look failed, such as one for a partition whose leader had just changed.
 * @throws if there was none within 30 s
 */
export function takeSample(bed: SoakBed): Promise<Sample> {
  return eventually("a look at the system", () => lookAt(bed), sampleMs);
}

async function lookAt(bed: SoakBed): Promise<Sample> {
  const at = performance.now();
  const [holdings, unready, database, logMebibytes, lag, certificateLeft] = await Promise.all([
    holdingsOf(bed),
    unreadyIn(bed),
    databaseState(bed),
    mebibytesIn(bed.logs),
    lagIn(bed),
    leastLeft(bed),
  ]);
  return {
    at,
    holdings,
    unready,
    ...database,
    logMebibytes,
    lag,
    certificateLeft,
    deaths: bed.deaths.length,
  };
}

async function holdingsOf(bed: SoakBed): Promise<Map<string, Holding>> {
  const all = await look();
  const held = [...bed.processes].map(async ([name, { pid = -1 }]) => {
    const mebibytes = (await proportionalBytes(pid, all)) / 2 ** 20;
    return [name, { pid, mebibytes, handles: await openHandles(pid) }] as const;
  });
  return new Map(await Promise.all(held));
}

async function unreadyIn(bed: SoakBed): Promise<string[]> {
  const looks = [...bed.readiness].map(([app, url]) =>
    answers(url, AbortSignal.timeout(patienceMs)).then(
      () => [],
      () => [app],
    ),
  );
  return (await Promise.all(looks)).flat();
}

const databaseSql = `select
  (select count(*)::integer from pg_stat_activity where backend_type = 'client backend') as connections,
  coalesce(extract(epoch from clock_timestamp() - (select min(created_at) from task.outbox)), 0)::float8
    as "outboxSeconds"`;

async function databaseState(bed: SoakBed): Promise<{ connections: number; outboxSeconds: number }> {
  const [row] = await query<{ connections: number; outboxSeconds: number }>(bed, databaseSql);
  return row ?? { connections: 0, outboxSeconds: 0 };
}

async function mebibytesIn(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map((file) => stat(join(folder, file)).then(({ size }) => size)));
  return sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20;
}

async function lagIn({ kafka }: SoakBed): Promise<number> {
  const inspector = kafkaInspector({ kafka, clientId: "soak" });
  const consumers = appIds.filter((app) => subscriptionsOf(app).length > 0);
  const lags = await Promise.all(consumers.map((app) => inspector.lagOf(app, subscriptionsOf(app))));
  return lags.flat().reduce((sum, { lag }) => sum + Number(lag), 0);
}

async function leastLeft(bed: SoakBed): Promise<number> {
  const shown = await Promise.all([...bed.sidecarPorts.values()].map(shownCertificate));
  const now = Date.now();
  return Math.min(...shown.map((validity) => (validity === undefined ? 0 : leftOf(validity, now))));
}
