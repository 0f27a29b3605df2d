import { join } from "node:path";
import { createAssertionIssuer } from "@todo/kit/assertion";
import { directMesh, type Mesh, sidecarMesh } from "@todo/kit/mesh";
import { loadLimits } from "@todo/local/apps/load-limits";
import type { LocalApp, LocalSystem } from "@todo/local/local-system";
import { startLocalSystem } from "@todo/local/system";
import { temporaryDataFolder } from "@todo/local/temporary-folder";
import { startChild } from "#src/child/child.ts";
import type { Bench } from "../bench.ts";

/** The whole system as `npm start` runs it, and every way in. */
export interface RunningMesh {
  readonly system: LocalSystem;
  /** Straight to the services. */
  readonly direct: Mesh;
  /** From the gateway's sidecar on, as the gateway calls. */
  readonly throughSidecars: Mesh;
  /** A second gateway whose calls pass no sidecar. */
  readonly plainGatewayUrl: string;
  readonly assertions: ReturnType<typeof createAssertionIssuer>;
}

/** Starts it; it goes with the stack. */
export async function startMesh(stack: AsyncDisposableStack, bench: Bench): Promise<RunningMesh> {
  const { environment, signal, log } = bench;
  const folder = stack.use(await temporaryDataFolder());
  const system = stack.use(
    await startLocalSystem({
      dataDir: folder.path,
      environment,
      appEnvironment: { gateway: loadLimits },
      signal,
    }),
  );
  const gateway = appOf(system, "gateway");
  const services = servicesOf(system);
  const direct = stack.use(directMesh({ ...services, log }));
  const address = `127.0.0.1:${gateway.ports.daprGrpc}`;
  const throughSidecars = stack.use(sidecarMesh({ address, apiToken: gateway.apiToken.value, log }));
  const signingKey = gateway.signingKey.value;
  const plain = stack.use(
    await startChild({
      program: new URL("./gateway/main.ts", import.meta.url),
      telemetry: true,
      env: {
        PORT: "0",
        PUBLIC_URL: system.gatewayUrl,
        ...loadLimits,
        SIGNING_KEY: signingKey,
        SHUTDOWN_GRACE_MS: "2000",
        DAPR_GRPC_PORT: "0",
        DAPR_HTTP_PORT: "0",
        DAPR_API_TOKEN: "none",
        SERVICES: JSON.stringify(services),
      },
      logFile: join(bench.folder, "gateway.log"),
    }),
  );
  return {
    system,
    direct,
    throughSidecars,
    plainGatewayUrl: `http://127.0.0.1:${plain.port}`,
    assertions: createAssertionIssuer({ app: "gateway", signingKey }),
  };
}

function servicesOf(system: LocalSystem) {
  const [task, identity, audit] = [appOf(system, "task"), appOf(system, "identity"), appOf(system, "audit")];
  const recurrence = appOf(system, "recurrence");
  const addressOf = (app: LocalApp) => `127.0.0.1:${app.ports.app}`;
  return {
    addresses: {
      task: addressOf(task),
      identity: addressOf(identity),
      audit: addressOf(audit),
      recurrence: addressOf(recurrence),
    },
    appApiTokens: {
      task: task.appApiToken.value,
      identity: identity.appApiToken.value,
      audit: audit.appApiToken.value,
      recurrence: recurrence.appApiToken.value,
    },
  };
}

function appOf(system: LocalSystem, id: string): LocalApp {
  const app = system.apps[id];
  if (app === undefined) throw new Error(`there is no app ${id}`);
  return app;
}
