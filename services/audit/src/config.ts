import { readConfig } from "@todo/kit/config";
import { readServiceConfig, readSidecar, type ServiceConfig } from "@todo/kit/service-config";

export interface AuditConfig extends ServiceConfig {
  /** 32 bytes that wrap the keys of users. Without them no entry can be read again. */
  masterKey: Uint8Array;
  /** The own sidecar. Not set: there is none, and so no way to other apps. */
  sidecar: { address: string; apiToken: string } | undefined;
  /** How often deliveries that cannot come again are forgotten. */
  inboxSweepMs: number;
  /** How often refusals that were too many in a minute are counted in an entry. */
  heldRefusalsMs: number;
}

const base64Of32Bytes = /^[A-Za-z0-9+/]{43}=$/;

/** @throws ConfigError that names all faults. */
export function readAuditConfig(env: Readonly<Record<string, string | undefined>>): AuditConfig {
  return readConfig(env, (read) => ({
    ...readServiceConfig(read),
    masterKey: Buffer.from(read.secret("AUDIT_MASTER_KEY", { pattern: base64Of32Bytes }), "base64"),
    sidecar: readSidecar(read),
    inboxSweepMs: read.integer("INBOX_SWEEP_MS", { default: 3_600_000, min: 100 }),
    heldRefusalsMs: read.integer("HELD_REFUSALS_MS", { default: 10_000, min: 100 }),
  }));
}
