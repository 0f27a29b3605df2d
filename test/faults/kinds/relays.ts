import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tcpProxy } from "@todo/kit/testing/proxy";
import { allocatePorts } from "@todo/local/ports";
import { answers } from "@todo/local/process/wait";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import { eventually } from "../../system/eventually.ts";
import type { Bed } from "../bed.ts";
import type { Fault } from "../fault.ts";
import { query } from "../query.ts";

/** How long the relay that was overtaken goes on, in milliseconds. */
const lateMs = 2_500;
const shards = 64;

/**
 * A second instance of the task service relays as well. While its sends are held, its way to Postgres falls silent, and
 * Postgres gives its lead to the first one; but it has not heard of that, and sends what it holds.
 */
export function twoLeaders(): Fault {
  return {
    name: "task: two relays that both believe they lead",
    kind: "two leaders",
    breaks: ["app:task", "task-postgres"],
    async strike(bed) {
      const first = await eventually("one relay leads everything", () => onlyLeader(bed));
      await using replica = await startReplica(bed);
      const second = await eventually("the second relay leads its share", () => newLeader(bed, first));
      await replica.holdSends();
      await eventually("a send that is held", async () => replica.holdsSend() || undefined);
      replica.silence();
      await query(bed, "select pg_terminate_backend(pid) from unnest($1::int[]) as pid", second);
      await eventually("the first relay leads everything", () => leadsAll(bed, first));
      const sent = await replica.recordsSent();
      await replica.letSend();
      await eventually("the second relay sends as well", async () =>
        (await replica.recordsSent()) > sent ? true : undefined,
      );
      await sleep(lateMs);
      replica.mend();
      return performance.now();
    },
  };
}

interface Replica extends AsyncDisposable {
  /** Makes every send wait before it begins. */
  holdSends(): Promise<void>;
  /** Whether one waits so. */
  holdsSend(): boolean;
  letSend(): Promise<void>;
  /** Lets nothing through between it and Postgres, and tells neither. */
  silence(): void;
  mend(): void;
  /** How many records it has sent. */
  recordsSent(): Promise<number>;
}

/** Starts the task service a second time. Nobody calls it, for it has no sidecar; but its relay works. */
async function startReplica(bed: Bed): Promise<Replica> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryDataFolder());
  const url = new URL(bed.databaseUrl);
  const proxy = stack.use(await tcpProxy({ host: url.hostname, port: Number(url.port) }));
  url.port = String(proxy.port);
  const [failpoints, databaseUrl] = [join(folder.path, "failpoints"), join(folder.path, "database-url")];
  await writeFile(databaseUrl, url.href, { mode: 0o600 });
  const { spec } = bed.process("app:task");
  const ports = await allocatePorts(["grpc", "admin"], {});
  const admin = (path: string) => `http://127.0.0.1:${ports.admin}${path}`;
  const own = {
    GRPC_PORT: `${ports.grpc}`,
    ADMIN_PORT: `${ports.admin}`,
    FAILPOINTS_FILE: failpoints,
    DATABASE_URL_FILE: databaseUrl,
  };
  const process = await bed.start({
    ...spec,
    name: "replica:task",
    env: { ...spec.env, ...own },
    probe: (signal) => answers(admin("/health/ready"), signal),
  });
  stack.defer(() => process.kill("SIGKILL"));
  const owned = stack.move();
  return {
    holdSends: () => writeFile(failpoints, "relay.before-send=hold"),
    holdsSend: () => existsSync(`${failpoints}.fired`),
    letSend: () => rm(failpoints),
    recordsSent: () => sumOf(admin("/metrics"), "relay_records"),
    silence: () => proxy.silence(),
    mend: () => proxy.mend(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The connections by which relays of the task service lead. */
async function relaysOf(bed: Bed): Promise<number[]> {
  const rows = await query<{ pid: number }>(
    bed,
    "select pid from pg_stat_activity where application_name = 'relay task'",
  );
  return rows.map(({ pid }) => pid);
}

/** The only relay, once it leads all there is. */
async function onlyLeader(bed: Bed): Promise<number[] | undefined> {
  const relays = await relaysOf(bed);
  return relays.length === 1 && (await leadsAll(bed, relays)) ? relays : undefined;
}

/** The relay that is not among those, once it leads its share. */
async function newLeader(bed: Bed, others: readonly number[]): Promise<number[] | undefined> {
  const found = (await relaysOf(bed)).filter((pid) => !others.includes(pid));
  return found.length === 1 && (await shardsOf(bed, found)) === shards / 2 ? found : undefined;
}

async function leadsAll(bed: Bed, relays: readonly number[]): Promise<true | undefined> {
  return (await shardsOf(bed, relays)) === shards ? true : undefined;
}

async function shardsOf(bed: Bed, relays: readonly number[]): Promise<number> {
  const sql = `select count(*)::int as count from pg_locks where locktype = 'advisory' and objsubid = 2
    and objid < ${shards} and granted and pid = any ($1::int[])
    and classid = (hashtext('todo.outbox.task')::bigint & 4294967295)::oid`;
  const [row] = await query<{ count: number }>(bed, sql, relays);
  return row?.count ?? 0;
}

/** Adds up what a metric says under all its labels. */
async function sumOf(url: string, metric: string): Promise<number> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  const lines = (await answer.text()).split("\n").filter((line) => line.startsWith(metric));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
