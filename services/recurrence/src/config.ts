import { readConfig } from "@todo/kit/config";
import { readServiceConfig, readSidecar, type ServiceConfig } from "@todo/kit/service-config";

export interface RecurrenceConfig extends ServiceConfig {
  /** The own sidecar. Not set: there is none, and so no way to task. */
  sidecar: { address: string; apiToken: string } | undefined;
  /** The private key of this app, as JWK. */
  signingKey: string;
  /** How often to look for advances that wait. */
  advancePollMs: number;
  /** How long an advance belongs to the process that claimed it: longer than task takes to answer. */
  advanceLeaseMs: number;
  /** How long an advance is tried again while task is away. */
  advancePatienceMs: number;
  /** How often to look for series that are due. */
  wakeMs: number;
  /** How often what is not kept any more is thrown away. */
  sweepMs: number;
}

/** @throws ConfigError that names all faults. */
export function readRecurrenceConfig(env: Readonly<Record<string, string | undefined>>): RecurrenceConfig {
  return readConfig(env, (read) => ({
    ...readServiceConfig(read),
    sidecar: readSidecar(read),
    signingKey: read.secret("SIGNING_KEY"),
    advancePollMs: read.integer("ADVANCE_POLL_MS", { default: 1_000, min: 10 }),
    advanceLeaseMs: read.integer("ADVANCE_LEASE_MS", { default: 10_000, min: 100 }),
    advancePatienceMs: read.integer("ADVANCE_PATIENCE_MS", { default: 86_400_000, min: 1_000 }),
    wakeMs: read.integer("WAKE_MS", { default: 1_000, min: 10 }),
    sweepMs: read.integer("SWEEP_MS", { default: 600_000, min: 100 }),
  }));
}
