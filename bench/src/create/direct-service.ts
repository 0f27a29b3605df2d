import { createAssertionIssuer } from "@todo/kit/assertion";
import type { Logger } from "@todo/kit/log";
import { directMesh, type Mesh } from "@todo/kit/mesh";
import { randomSecret } from "@todo/local/secrets/files";
import { newSigningKey, publicKeySet } from "@todo/local/secrets/signing-keys";
import { startChild } from "#src/child/child.ts";

/** A task service of the benchmark's own, and the direct way to it. */
export interface DirectService extends AsyncDisposable {
  /** The processor time it has used, in milliseconds. */
  cpuMs(): Promise<number>;
  readonly port: number;
  /** What its sidecar would send. */
  readonly appApiToken: string;
  readonly mesh: Mesh;
  readonly assertions: ReturnType<typeof createAssertionIssuer>;
}

/** Starts the task service on a database of its own, with a broker in memory. */
export async function startDirectService(o: {
  databaseUrl: string;
  /** Roles belong to the whole server: where others use it too, this is their password. */
  rolePassword: string;
  logFile: string;
  log: Logger;
}): Promise<DirectService> {
  await using stack = new AsyncDisposableStack();
  const [signingKey, token] = [newSigningKey("gateway"), randomSecret()];
  const program = new URL("./service/main.ts", import.meta.url);
  const env = {
    GRPC_PORT: "0",
    ADMIN_PORT: "0",
    APP_API_TOKEN: token,
    KEY_BUNDLE: publicKeySet([signingKey]),
    DATABASE_URL: o.databaseUrl,
    DATABASE_ROLE_PASSWORD: o.rolePassword,
    KAFKA_BOOTSTRAP_SERVERS: "none",
    SHUTDOWN_GRACE_MS: "2000",
  };
  const child = stack.use(await startChild({ program, telemetry: true, env, logFile: o.logFile }));
  const mesh = stack.use(
    directMesh({
      addresses: { task: `127.0.0.1:${child.port}` },
      appApiTokens: { task: token },
      log: o.log,
    }),
  );
  const owned = stack.move();
  return {
    cpuMs: child.cpuMs,
    port: child.port,
    appApiToken: token,
    mesh,
    assertions: createAssertionIssuer({ app: "gateway", signingKey }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
