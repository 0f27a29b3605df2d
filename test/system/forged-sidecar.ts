import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AppId } from "@todo/kit/services";
import type { LocalSystem } from "@todo/local/local-system";
import { sidecarSpec } from "@todo/local/mesh/sidecar";
import { workloadToken } from "@todo/local/mesh/workload-tokens";
import { allocatePorts } from "@todo/local/ports";
import { Supervisor } from "@todo/local/process/supervisor";

/** Starts a sidecar that claims to be an app's with a token that somebody else signed, and says how that went. */
export async function startForgedSidecar(
  system: LocalSystem,
  app: AppId,
): Promise<{ becameReady: boolean; log: string }> {
  const root = system.folder.root;
  const tokenFile = join(root, "forged-token");
  const key = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  writeFileSync(tokenFile, await workloadToken(JSON.stringify({ ...key, kid: "forged" }), app));
  const ports = await allocatePorts(["grpc", "http", "internal", "metrics"], {});
  const name = `forged:${app}`;
  const spec = sidecarSpec({
    app,
    name,
    program: system.programs.daprd,
    ports,
    appPort: undefined,
    sentryPort: system.sentry.port,
    config: join(system.folder.dapr, "configuration", `${app}.yaml`),
    resources: join(system.folder.dapr, "resources"),
    trustAnchors: readFileSync(system.sentry.rootCertificate, "utf8"),
    tokenFile,
    apiToken: "",
    appApiToken: "",
    env: {},
    cwd: root,
  });
  await using supervisor = new Supervisor({ logs: root, pids: system.folder.pids, onDeath: () => undefined });
  const forged = supervisor.add({ ...spec, name, readyWithin: 60_000, stopWithin: 5_000 });
  const becameReady = await forged.start().then(
    () => true,
    () => false,
  );
  return { becameReady, log: readFileSync(forged.logFile, "utf8") };
}
