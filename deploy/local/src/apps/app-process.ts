import { join } from "node:path";
import type { Instance } from "../instances.ts";
import type { ProcessSpec } from "../process/managed-process.ts";
import { appHeapMebibytes } from "../process/usage/memory-bounds.ts";
import { answers } from "../process/wait.ts";
import type { AppPorts } from "./environment.ts";

/** How to start an app: by the Node that runs this, which reads TypeScript as it is. */
export function appSpec(o: {
  instance: Instance;
  repository: string;
  /** The folder of the logs, for a snapshot of a heap that is nearly full. */
  logs: string;
  ports: AppPorts;
  env: Readonly<Record<string, string>>;
}): ProcessSpec {
  const main = join(o.repository, o.instance.entry.main);
  return {
    name: `app:${o.instance.name}`,
    command: process.execPath,
    args: [...memory(o.logs), "--import", join(o.repository, "kit/src/telemetry.ts"), main],
    env: o.env,
    cwd: o.repository,
    probe: (signal) => answers(`http://127.0.0.1:${o.ports.admin}/health/ready`, signal),
    // Ready is who is reached through the mesh, so its sidecar is waited for as well.
    readyWithin: 120_000,
    // Whatever it may miss, an app that lives says so.
    serves: (signal) => answers(`http://127.0.0.1:${o.ports.admin}/health/live`, signal),
    stopWithin: Math.max(15_000, Number(o.env["SHUTDOWN_GRACE_MS"] ?? 0) + 5_000),
  };
}

/** Node writes down who holds the memory, once, before the heap is full and the process ends. */
function memory(logs: string): string[] {
  return [
    `--max-old-space-size=${appHeapMebibytes}`,
    "--heapsnapshot-near-heap-limit=1",
    `--diagnostic-dir=${logs}`,
  ];
}
