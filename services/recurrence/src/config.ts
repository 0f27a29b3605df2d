import { readConfig } from "@todo/kit/config";
import { type MeshConfig, readMeshConfig } from "@todo/kit/service-config";

export type RecurrenceConfig = MeshConfig;

/** @throws ConfigError that names all faults. */
export function readRecurrenceConfig(env: Readonly<Record<string, string | undefined>>): RecurrenceConfig {
  return readConfig(env, readMeshConfig);
}
