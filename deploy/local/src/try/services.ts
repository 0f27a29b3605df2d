import { startAuditApp } from "@todo/audit/app";
import { readAuditConfig } from "@todo/audit/config";
import { startIdentityApp } from "@todo/identity/app";
import { readIdentityConfig } from "@todo/identity/config";
import { createAssertionIssuer } from "@todo/kit/assertion";
import type { Logger } from "@todo/kit/log";
import { createMemoryBus } from "@todo/kit/memory-bus";
import { directMesh, type Mesh } from "@todo/kit/mesh";
import type { RunningApp } from "@todo/kit/running-app";
import { startRecurrenceApp } from "@todo/recurrence/app";
import { readRecurrenceConfig } from "@todo/recurrence/config";
import { startTaskApp } from "@todo/task/app";
import { readTaskConfig } from "@todo/task/config";
import { randomKey, randomSecret } from "../secrets/files.ts";
import { newSigningKey, publicKeySet } from "../secrets/signing-keys.ts";
import { createLateMesh } from "./late-mesh.ts";

export interface ServicesOptions {
  /** The administrator's DSN. */
  databaseUrl: string;
  publicUrl: string;
  /** The private key by which the gateway signs who the user is. */
  gatewayKey: string;
  logOf: (app: string) => Logger;
}

/**
 * Starts all services in this process, with a bus in memory where Kafka would be. Answers with the way to them, which
 * leads to their gRPC ports without a sidecar between.
 */
export async function startServices(stack: AsyncDisposableStack, o: ServicesOptions): Promise<Mesh> {
  const bus = stack.use(createMemoryBus());
  const token = randomSecret();
  const [recurrenceKey, taskKey] = [newSigningKey("recurrence"), newSigningKey("task")];
  const env = {
    GRPC_PORT: "0",
    ADMIN_PORT: "0",
    APP_API_TOKEN: token,
    KEY_BUNDLE: publicKeySet([o.gatewayKey, recurrenceKey, taskKey]),
    DATABASE_URL: o.databaseUrl,
    DATABASE_ROLE_PASSWORD: randomSecret(),
    KAFKA_BOOTSTRAP_SERVERS: "none",
    PUBLIC_URL: o.publicUrl,
    SIGNING_KEY: recurrenceKey,
    AUTH_SECRET: randomSecret(),
    AUDIT_MASTER_KEY: randomKey(),
    SHUTDOWN_GRACE_MS: "2000",
  };
  const overridesOf = (app: string) => ({ publisher: bus.publisher, log: o.logOf(app) });
  const among = createLateMesh();
  const calls = { mesh: among.mesh, issuer: createAssertionIssuer({ app: "task", signingKey: taskKey }) };
  const [task, identity, audit, recurrence] = await allOrNone(stack, [
    startTaskApp(readTaskConfig(env), { ...overridesOf("task"), calls }),
    startIdentityApp(readIdentityConfig(env), overridesOf("identity")),
    startAuditApp(readAuditConfig(env), overridesOf("audit")),
    startRecurrenceApp(readRecurrenceConfig(env), { ...overridesOf("recurrence"), mesh: among.mesh }),
  ]);
  for (const app of [task, identity, audit, recurrence]) if (app?.subscriber) bus.subscribe(app.subscriber);

  const addressOf = (app: RunningApp | undefined) => `127.0.0.1:${app?.port}`;
  const mesh = stack.use(
    directMesh({
      addresses: {
        task: addressOf(task),
        identity: addressOf(identity),
        audit: addressOf(audit),
        recurrence: addressOf(recurrence),
      },
      appApiTokens: { task: token, identity: token, audit: token, recurrence: token },
      log: o.logOf("gateway"),
    }),
  );
  among.lead(mesh);
  return mesh;
}

/** Waits for all, so that each that started is stopped again even if another one fails. */
async function allOrNone(
  stack: AsyncDisposableStack,
  starting: readonly Promise<RunningApp>[],
): Promise<RunningApp[]> {
  const outcomes = await Promise.allSettled(starting.map(async (app) => stack.use(await app)));
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
