import { loadLimits } from "@todo/local/apps/load-limits";
import type { LocalSystem } from "@todo/local/local-system";
import type { ManagedProcess } from "@todo/local/process/managed-process";
import { startLocalSystem } from "@todo/local/system";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import { eventually } from "../system/eventually.ts";
import { signUp, type User } from "../system/user.ts";

/** The whole system, and the hands that break it. */
export interface Bed extends AsyncDisposable {
  readonly brokers: string[];
  /** The administrator's DSN: what was written is looked at behind the services' backs. */
  readonly databaseUrl: string;
  signUp(): Promise<User>;
  process(name: string): ManagedProcess;
  /** Starts what does not run, so that every fault begins with a whole system. */
  mend(): Promise<void>;
}

export async function startBed(): Promise<Bed> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryDataFolder());
  const dataDir = folder.path;
  const appEnvironment = { gateway: loadLimits };
  const system = stack.use(await startLocalSystem({ dataDir, environment: process.env, appEnvironment }));
  const owned = stack.move();
  return {
    brokers: system.kafka.bootstrap.split(","),
    databaseUrl: system.database.adminUrl,
    // Patient, as callers are asked to be: a breaker may be open yet.
    signUp: () => eventually("a new user", () => signUp(system.gatewayUrl)),
    process: (name) => system.process(name),
    mend: () => mend(system),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function mend(system: LocalSystem): Promise<void> {
  for (const process of system.processes.values()) {
    await process.kill("SIGCONT");
    if (!process.running) await process.start();
  }
}
