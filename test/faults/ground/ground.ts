import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DataFolder, dataFolder } from "@todo/local/data-folder";
import { takeDataFolder } from "@todo/local/data-lock";
import { startDatabase } from "@todo/local/ground";
import type { KafkaCluster } from "@todo/local/kafka/cluster";
import { allocatePorts } from "@todo/local/ports";
import { Supervisor } from "@todo/local/process/supervisor";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import type { Report } from "@todo/local/toolchain/cache";
import { type BrokerPorts, startBrokers } from "./brokers.ts";
import { layWire, toxiproxySpec, type Wire } from "./toxiproxy.ts";

/** What is shared by the steps of a start. */
export interface GroundParts {
  readonly folder: DataFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly supervisor: Supervisor;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** The wires that can be made bad, by their two ends. */
export const wireNames = [
  "task-postgres",
  "identity-postgres",
  "audit-postgres",
  "replica-postgres",
] as const;
export const kafkaWire = "task-kafka";
export type WireName = (typeof wireNames)[number] | typeof kafkaWire;

/** Postgres, Kafka and the wires to them, for a system whose ground is to shake. */
export interface FaultGround extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly kafka: KafkaCluster;
  readonly supervisor: Supervisor;
  /** Where logs and pid files lie. */
  readonly places: { readonly logs: string; readonly pids: string };
  /** Absent: the wire to Kafka of a cluster, which is reached directly. */
  readonly wires: ReadonlyMap<WireName, Wire>;
  /** What the ends of wires have in their environment to be connected by them; by app. */
  readonly appEnvironment: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const portNames = ["postgres", "toxiproxy", "detour", kafkaWire, ...wireNames] as const;
type PortOf = (name: string) => number;

/** Starts everything on free ports, with data that go when it stops. */
export async function startFaultGround(brokerCount: 1 | 3): Promise<FaultGround> {
  await using stack = new AsyncDisposableStack();
  const parts = await prepare(stack);
  const nodes = Array.from({ length: brokerCount }, (_, n) => n + 1);
  const ofNodes = nodes.flatMap((node) => [`broker${node}`, `controller${node}`]);
  const ports = await allocatePorts<string>([...portNames, ...ofNodes], {});
  const at: PortOf = (name) => ports[name] ?? 0;
  const single = brokerCount === 1;
  const [database, kafka] = await Promise.all([
    startDatabase({ ...parts, environment: ownGround(parts.environment), port: at("postgres") }),
    startBrokers(
      parts,
      nodes.map((node) => brokerPorts(at, node, single)),
    ),
    startToxiproxy(parts, at("toxiproxy")),
  ]);
  const wires = await layWires(at, single);
  const appEnvironment = await environmentOfEnds(parts.folder, database.value, at, single);
  const { supervisor, folder: places } = parts;
  const owned = stack.move();
  const dispose = () => owned.disposeAsync();
  const made = { databaseUrl: database.value, kafka, supervisor, places, wires, appEnvironment };
  return { ...made, [Symbol.asyncDispose]: dispose };
}

async function prepare(stack: AsyncDisposableStack): Promise<GroundParts> {
  const report: Report = () => undefined;
  const folder = dataFolder(stack.use(await temporaryDataFolder()).path);
  stack.use(await takeDataFolder(folder, report));
  // A death is what the faults are for; one that nobody wanted shows in what the callers see.
  const onDeath = () => undefined;
  const supervisor = stack.use(new Supervisor({ logs: folder.logs, pids: folder.pids, onDeath }));
  return { folder, environment: process.env, supervisor, report, signal: AbortSignal.timeout(240_000) };
}

async function startToxiproxy(parts: GroundParts, port: number): Promise<void> {
  const spec = await toxiproxySpec({ ...parts, port, cwd: parts.folder.root });
  await parts.supervisor.add(spec).start(parts.signal);
}

function brokerPorts(at: PortOf, node: number, single: boolean): BrokerPorts {
  const own = { port: at(`broker${node}`), controllerPort: at(`controller${node}`) };
  return single ? { ...own, detour: { port: at("detour"), proxyPort: at(kafkaWire) } } : own;
}

/** Whatever stands elsewhere is not ours to break. */
function ownGround(env: GroundParts["environment"]): GroundParts["environment"] {
  return {
    ...env,
    DATABASE_URL: undefined,
    KAFKA_BOOTSTRAP_SERVERS: undefined,
    KAFKA_SECURITY_PROTOCOL: undefined,
  };
}

async function layWires(at: PortOf, toKafka: boolean): Promise<Map<WireName, Wire>> {
  const wires = new Map<WireName, Wire>();
  const lay = async (name: WireName, to: number) =>
    wires.set(name, await layWire(at("toxiproxy"), name, { from: at(name), to }));
  for (const name of wireNames) await lay(name, at("postgres"));
  if (toKafka) await lay(kafkaWire, at("detour"));
  return wires;
}

async function environmentOfEnds(
  folder: DataFolder,
  databaseUrl: string,
  at: PortOf,
  toKafka: boolean,
): Promise<Record<string, Record<string, string>>> {
  const environments: Record<string, Record<string, string>> = {};
  for (const name of wireNames) {
    const url = new URL(databaseUrl);
    url.port = String(at(name));
    const file = join(folder.secrets, name);
    await writeFile(file, url.href, { mode: 0o600 });
    const [app = ""] = name.split("-");
    environments[app] = { DATABASE_URL_FILE: file };
  }
  if (toKafka)
    Object.assign(environments["task"] ?? {}, { KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${at(kafkaWire)}` });
  return environments;
}
