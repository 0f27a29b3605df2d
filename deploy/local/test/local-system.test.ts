import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kafkaClient } from "#src/kafka/broker.ts";
import { clusterEnvironment, connectionTo, type KafkaCluster } from "#src/kafka/cluster.ts";
import type { LocalSystem } from "#src/local-system.ts";
import { startOf } from "#src/process/identity.ts";
import type { Death } from "#src/process/managed-process.ts";
import { answers, eventually } from "#src/process/wait.ts";
import { startLocalSystem } from "#src/system.ts";
import { startTestGround } from "#src/test-ground.ts";

const anyTime = 240_000;
const environment = process.env;
const quiet = () => undefined;

describe("a local system", () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "todo-system-"));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  const start = (report: (line: string) => void = quiet, onDeath: (death: Death) => void = quiet) =>
    startLocalSystem({ dataDir, environment, apps: ["audit"], report, onDeath });

  it(
    "is ready when it says so, refuses a second launcher, tells of a death, and starts what was killed again",
    async () => {
      const deaths: Death[] = [];
      await using system = await start(quiet, (death) => deaths.push(death));
      await isReady(system);
      await expect(start()).rejects.toThrow(`a system runs on ${dataDir} already`);

      const audit = system.process("app:audit");
      const exited = audit.exited();
      process.kill(audit.pid ?? 0, "SIGKILL");
      await exited;
      expect(deaths.map(({ name }) => name)).toEqual(["app:audit"]);

      await system.process("postgres").kill("SIGKILL");
      await system.process("postgres").start();
      await audit.start();
      await system.process("daprd:audit").restart();
      await isReady(system);
      expect(deaths).toHaveLength(1);
    },
    anyTime,
  );

  it(
    "ends what a killed launcher left behind, and goes on with its data",
    async () => {
      const pids = await startAndKillLauncher(dataDir);
      expect(await running(pids)).toEqual(pids);
      const lines: string[] = [];
      await using system = await start((line) => lines.push(line));
      expect(lines[0]).toMatch(/^Ended what an earlier launcher left behind: .*kafka.*postgres/);
      expect(await running(pids)).toEqual([]);
      expect(await count(system.database.adminUrl, "select count(*) from kept")).toBe(1);
    },
    anyTime,
  );

  it(
    "uses a Postgres and a Kafka of somebody else's, which encrypts and asks for users, and starts none itself [R068]",
    async () => {
      const encrypted = { ...environment, KAFKA_SECURITY_PROTOCOL: "SASL_SSL" };
      await using ground = await startTestGround({ environment: encrypted, report: quiet });
      const theirs = { DATABASE_URL: ground.databaseUrl, ...clusterEnvironment(ground.kafka) };
      await using system = await startLocalSystem({
        dataDir,
        environment: { ...environment, ...theirs },
        apps: ["audit"],
      });
      await isReady(system);
      expect([...system.processes.keys()].sort()).toEqual(["app:audit", "daprd:audit", "sentry"]);
      await joins(ground.kafka, "audit");
      const schemas = "select count(*) from information_schema.schemata where schema_name = 'audit'";
      expect(await count(ground.databaseUrl, schemas)).toBe(1);
    },
    anyTime,
  );
});

/** Waits until the sidecar of an app takes events as the app's group. */
async function joins(cluster: KafkaCluster, app: string): Promise<void> {
  const admin = kafkaClient(await connectionTo(cluster, "admin")).admin();
  await admin.connect();
  try {
    const member = async () => {
      const { groups } = await admin.describeGroups([app]);
      if (groups[0]?.members.length !== 1) throw new Error(`its state is ${groups[0]?.state}`);
    };
    await eventually(`the group of ${app} has no member`, member, { within: 60_000 });
  } finally {
    await admin.disconnect();
  }
}

async function isReady(system: LocalSystem): Promise<void> {
  const ports = system.apps["audit"]?.ports;
  await answers(`http://127.0.0.1:${ports?.admin}/health/ready`, AbortSignal.timeout(10_000));
  await answers(`http://127.0.0.1:${ports?.daprHttp}/v1.0/healthz`, AbortSignal.timeout(10_000));
}

/** Runs a launcher in a process of its own, keeps something in its database, and kills it. Gives the pids it leaves. */
async function startAndKillLauncher(dataDir: string): Promise<number[]> {
  const launcher = spawn(process.execPath, [join(import.meta.dirname, "testing/launcher.ts"), dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(launcher.stdout, "data");
  const { adminUrl, pids } = JSON.parse(String(line)) as { adminUrl: string; pids: number[] };
  await count(adminUrl, "create table kept as select 1; select count(*) from kept");
  launcher.kill("SIGKILL");
  await once(launcher, "exit");
  return pids;
}

async function running(pids: readonly number[]): Promise<number[]> {
  const starts = await Promise.all(pids.map(startOf));
  return pids.filter((_, index) => starts[index] !== undefined);
}

async function count(connectionString: string, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const results = [await client.query(sql)].flat();
    return Number(results.at(-1)?.rows[0]?.count);
  } finally {
    await client.end();
  }
}
