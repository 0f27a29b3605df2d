import { kafkaAdministrator } from "@todo/kit/kafka-rights";
import { loadLimits } from "@todo/local/apps/load-limits";
import { connectionTo } from "@todo/local/kafka/cluster";
import type { LocalSystemOptions } from "@todo/local/local-system";
import type { Death, ManagedProcess } from "@todo/local/process/managed-process";
import { startLocalSystem } from "@todo/local/system";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import { type ObservedSystem, readinessUrls } from "../faults/bed.ts";
import { eventually } from "../system/eventually.ts";
import { signUp } from "../system/user.ts";

/** The whole system as `npm start` runs it, left alone. */
export interface SoakBed extends ObservedSystem, AsyncDisposable {
  readonly processes: ReadonlyMap<string, ManagedProcess>;
  /** The processes that ended though nobody asked them to. */
  readonly deaths: readonly Death[];
  /** Where each sidecar answers other sidecars, by instance. */
  readonly sidecarPorts: ReadonlyMap<string, number>;
  /** Where each instance of an app shows its metrics. */
  readonly metrics: ReadonlyMap<string, string>;
  /** Where all processes write their logs. */
  readonly logs: string;
}

export type SoakSettings = Pick<
  LocalSystemOptions,
  "appEnvironment" | "kafkaProperties" | "workloadCertificateTtl" | "workloadTokens"
>;

/** @param settings shorter periods than those of `npm start` */
export async function startSoakBed(settings: SoakSettings = {}): Promise<SoakBed> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryDataFolder());
  const deaths: Death[] = [];
  const gateway = { ...settings.appEnvironment?.["gateway"], ...loadLimits };
  const system = stack.use(
    await startLocalSystem({
      ...settings,
      dataDir: folder.path,
      environment: process.env,
      appEnvironment: { ...settings.appEnvironment, gateway },
      onDeath: (death) => deaths.push(death),
    }),
  );
  const apps = Object.entries(system.apps);
  const kafka = await connectionTo(system.kafka, kafkaAdministrator);
  const owned = stack.move();
  return {
    gatewayUrl: system.gatewayUrl,
    kafka,
    databaseUrl: system.database.adminUrl,
    folder: folder.path,
    readiness: readinessUrls(system),
    signUp: () => eventually("a new user", () => signUp(system.gatewayUrl)),
    processes: system.processes,
    deaths,
    sidecarPorts: new Map(apps.map(([name, { ports }]) => [name, ports.daprInternal])),
    metrics: new Map(apps.map(([name, { ports }]) => [name, `http://127.0.0.1:${ports.admin}/metrics`])),
    logs: system.folder.logs,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
