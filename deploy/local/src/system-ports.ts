import { readFile, writeFile } from "node:fs/promises";
import type { AppPorts } from "./apps/environment.ts";
import type { DataFolder } from "./data-folder.ts";
import type { Instance } from "./instances.ts";
import { allocatePorts, isFree } from "./ports.ts";
import type { AppEntry } from "./topology.ts";

/** The ports of a whole system. */
export interface SystemPorts {
  /** By the name of the instance. */
  readonly apps: Readonly<Record<string, AppPorts>>;
  readonly postgres: number;
  readonly kafka: { readonly broker: number; readonly controller: number };
  readonly sentry: { readonly grpc: number; readonly health: number };
}

const ofApp = ["app", "admin", "daprGrpc", "daprHttp", "daprInternal", "daprMetrics"] as const;
const ofSystem = ["postgres", "kafka", "controller", "sentryGrpc", "sentryHealth"] as const;

/** Finds ports: those of the last start where they are free, and for the gateway the one that was asked for. */
export async function systemPorts(
  folder: DataFolder,
  instances: readonly Instance[],
  gatewayPort: number | undefined,
): Promise<SystemPorts> {
  if (gatewayPort !== undefined && !(await isFree(gatewayPort))) {
    throw new Error(
      `port ${gatewayPort} is in use by another program: stop that, or choose another (PORT=${gatewayPort + 1} npm start)`,
    );
  }
  const chosen: Record<string, number> = {};
  for (const { name, entry } of instances)
    if (entry.serves === "outside" && gatewayPort !== undefined) chosen[`${name}.app`] = gatewayPort;
  const others = instances.flatMap(({ name }) => ofApp.map((port) => `${name}.${port}`));
  // What was chosen comes first, so that none of the others gets it.
  const names = new Set([...Object.keys(chosen), ...ofSystem, ...others]);
  const found = await allocatePorts<string>([...names], { ...(await lastPorts(folder)), ...chosen });
  Object.assign(found, chosen);
  await writeFile(folder.ports, `${JSON.stringify(found, null, 2)}\n`);
  return portsIn(found, instances);
}

/** The ports of the system that runs on a data folder. */
export async function recordedPorts(
  folder: DataFolder,
  instances: readonly Instance[],
): Promise<SystemPorts> {
  return portsIn(await lastPorts(folder), instances);
}

function portsIn(found: Readonly<Record<string, number>>, instances: readonly Instance[]): SystemPorts {
  const port = (name: string) => found[name] ?? 0;
  return {
    apps: Object.fromEntries(instances.map((instance) => [instance.name, appPorts(instance, port)])),
    postgres: port("postgres"),
    kafka: { broker: port("kafka"), controller: port("controller") },
    sentry: { grpc: port("sentryGrpc"), health: port("sentryHealth") },
  };
}

function appPorts({ name: instance }: Instance, port: (name: string) => number): AppPorts {
  return Object.fromEntries(ofApp.map((name) => [name, port(`${instance}.${name}`)])) as Record<
    (typeof ofApp)[number],
    number
  >;
}

/** The instances of the system that runs on a data folder. */
export async function recordedInstances(
  folder: DataFolder,
  entries: readonly AppEntry[],
): Promise<Instance[]> {
  const names = Object.keys(await lastPorts(folder)).filter((port) => port.endsWith(".app"));
  return names
    .map((port) => port.slice(0, -".app".length))
    .flatMap((name) => {
      const entry = entries.find(({ id }) => id === name.split("#")[0]);
      return entry === undefined ? [] : [{ entry, name }];
    });
}

/** Where an app of the last start serves gRPC. Not set: it never started on this folder. */
export async function lastAppPort(folder: DataFolder, app: string): Promise<number | undefined> {
  return (await lastPorts(folder))[`${app}.app`];
}

async function lastPorts(folder: DataFolder): Promise<Record<string, number>> {
  try {
    return JSON.parse(await readFile(folder.ports, "utf8"));
  } catch {
    return {};
  }
}
