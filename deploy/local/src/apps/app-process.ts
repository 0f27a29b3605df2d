import { join } from "node:path";
import type { Instance } from "../instances.ts";
import type { ProcessSpec } from "../process/managed-process.ts";
import { answers } from "../process/wait.ts";
import type { AppPorts } from "./environment.ts";

/** How to start an app: by the Node that runs this, which reads TypeScript as it is. */
export function appSpec(o: {
  instance: Instance;
  repository: string;
  ports: AppPorts;
  env: Readonly<Record<string, string>>;
}): ProcessSpec {
  return {
    name: `app:${o.instance.name}`,
    command: process.execPath,
    args: ["--import", join(o.repository, "kit/src/telemetry.ts"), join(o.repository, o.instance.entry.main)],
    env: o.env,
    cwd: o.repository,
    probe: (signal) => answers(`http://127.0.0.1:${o.ports.admin}/health/ready`, signal),
    readyWithin: 60_000,
    stopWithin: 15_000,
  };
}
