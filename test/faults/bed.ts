import type { KafkaConnection } from "@todo/kit/kafka-connection";
import { kafkaAdministrator } from "@todo/kit/kafka-rights";
import { loadLimits } from "@todo/local/apps/load-limits";
import { clusterEnvironment, connectionTo } from "@todo/local/kafka/cluster";
import type { LocalSystem } from "@todo/local/local-system";
import { ManagedProcess, type ProcessSpec } from "@todo/local/process/managed-process";
import { startLocalSystem } from "@todo/local/system";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import { eventually } from "../system/eventually.ts";
import { signUp, type User } from "../system/user.ts";
import { type FaultGround, startFaultGround, type WireName } from "./ground/ground.ts";
import type { Wire } from "./ground/toxiproxy.ts";

/** A whole system as its users and its observers reach it. */
export interface ObservedSystem {
  readonly gatewayUrl: string;
  /** Kafka, as its administrator. */
  readonly kafka: KafkaConnection;
  /** The administrator's DSN: what was written is looked at behind the services' backs. */
  readonly databaseUrl: string;
  /** The data folder of the system. */
  readonly folder: string;
  /** Where each instance of an app says whether it is ready. */
  readonly readiness: ReadonlyMap<string, string>;
  signUp(): Promise<User>;
}

/** The whole system, and the hands that break it. */
export interface Bed extends ObservedSystem, AsyncDisposable {
  process(name: string): ManagedProcess;
  /** The apps and their sidecars, sentry too. */
  serving(): ManagedProcess[];
  /** Starts a further process, which ends when it is disposed of. */
  start(spec: ProcessSpec): Promise<ManagedProcess>;
  wire(name: WireName): Wire;
  /** Lets the launcher start again what dies or does not serve, until everything is mended. */
  supervise(): void;
  /** Starts what does not run and heals the wires, so that every fault begins with a whole system. */
  mend(): Promise<void>;
}

export interface BedOptions {
  readonly brokers: 1 | 3;
  /** How many connections the task service has to its database; by default as many as it takes itself. */
  readonly databaseConnections?: number;
  /** How many instances of an app run, by its id; by default one. */
  readonly replicas?: Readonly<Record<string, number>>;
}

export async function startBed(o: BedOptions): Promise<Bed> {
  await using stack = new AsyncDisposableStack();
  const ground = stack.use(await startFaultGround(o.brokers));
  const folder = stack.use(await temporaryDataFolder());
  const theirs = { DATABASE_URL: ground.databaseUrl, ...clusterEnvironment(ground.kafka) };
  const environment = { ...process.env, ...theirs };
  const task = { ...ground.appEnvironment["task"], ...poolSize(o.databaseConnections) };
  const appEnvironment = { ...ground.appEnvironment, task, gateway: loadLimits };
  const { replicas = {} } = o;
  const system = stack.use(
    await startLocalSystem({ dataDir: folder.path, environment, appEnvironment, replicas }),
  );
  const kafka = await connectionTo(ground.kafka, kafkaAdministrator);
  let supervision: AsyncDisposable | undefined;
  const owned = stack.move();
  return {
    gatewayUrl: system.gatewayUrl,
    kafka,
    databaseUrl: ground.databaseUrl,
    folder: folder.path,
    readiness: readinessUrls(system),
    // Patient, as callers are asked to be: a breaker may be open yet.
    signUp: () => eventually("a new user", () => signUp(system.gatewayUrl)),
    process: (name) => ground.supervisor.processes.get(name) ?? system.process(name),
    serving: () => [...system.processes.values()],
    start: (spec) => started(spec, ground),
    supervise() {
      supervision ??= system.supervise({ report: () => undefined, giveUp: () => undefined });
    },
    wire: (name) => found(ground.wires, name),
    async mend() {
      await supervision?.[Symbol.asyncDispose]();
      supervision = undefined;
      for (const wire of ground.wires.values()) await wire.heal();
      for (const { processes } of [ground.supervisor, system])
        await Promise.all([...processes.values()].map(mend));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function poolSize(connections: number | undefined): Record<string, string> {
  return connections === undefined ? {} : { DATABASE_POOL_SIZE: String(connections) };
}

export function readinessUrls(system: LocalSystem): Map<string, string> {
  const apps = Object.entries(system.apps);
  return new Map(apps.map(([name, { ports }]) => [name, `http://127.0.0.1:${ports.admin}/health/ready`]));
}

async function started(spec: ProcessSpec, { places }: FaultGround): Promise<ManagedProcess> {
  const process = new ManagedProcess(spec, { ...places, onDeath: () => undefined });
  try {
    await process.start();
    return process;
  } catch (error) {
    await process.stop();
    throw error;
  }
}

function found(wires: ReadonlyMap<WireName, Wire>, name: WireName): Wire {
  const wire = wires.get(name);
  if (wire === undefined) throw new Error(`there is no wire ${name}`);
  return wire;
}

async function mend(process: ManagedProcess): Promise<void> {
  await process.kill("SIGCONT");
  if (!process.running) await process.start();
}
