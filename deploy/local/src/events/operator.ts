import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { type CallOptions, type Client, createClient } from "@connectrpc/connect";
import { assertionHeader, createAssertionIssuer } from "@todo/kit/assertion";
import { createLogger } from "@todo/kit/log";
import { directMesh } from "@todo/kit/mesh";
import { operator } from "@todo/kit/services";
import { EventAdminService } from "@todo/proto/todo/audit/v1/event_admin_service";
import { dataFolder } from "../data-folder.ts";
import { runningLauncher } from "../process/leftovers.ts";
import { appApiTokenFile, operatorKeyFile } from "../secrets/secrets.ts";
import { lastAppPort } from "../system-ports.ts";

/** Nothing runs that could be asked. */
export class NothingRunsError extends Error {}

/** An operator of a running system, as its audit app sees them. */
export interface Operator extends AsyncDisposable {
  readonly admin: Client<typeof EventAdminService>;
  /** What proves who calls. It is good for a minute, so every call asks for its own. */
  call(timeoutMs?: number): Promise<CallOptions>;
}

/**
 * Finds the system that runs on a data folder and calls its audit app without a sidecar between, with the operator's key
 * from the folder. Who may read the folder is an operator.
 */
export async function operatorOf(root: string): Promise<Operator> {
  const folder = dataFolder(root);
  const [launcher, port] = await Promise.all([runningLauncher(folder.pids), lastAppPort(folder, "audit")]);
  if (launcher === undefined || port === undefined) {
    throw new NothingRunsError(
      `no system runs on ${root}: start it with npm start, or name its folder with --data`,
    );
  }
  const [token, signingKey] = await Promise.all([
    readFile(appApiTokenFile(folder.secrets, "audit"), "utf8"),
    readFile(operatorKeyFile(folder.secrets), "utf8"),
  ]);
  const issuer = createAssertionIssuer({ app: operator, signingKey });
  const mesh = directMesh({
    addresses: { audit: `127.0.0.1:${port}` },
    appApiTokens: { audit: token },
    channels: 1,
    log: createLogger({ service: operator, level: "silent" }),
  });
  const claims = {
    userId: nameOnThisMachine(),
    actor: "person",
    scopes: [],
    zone: "UTC",
    locale: "en",
  } as const;
  return {
    admin: createClient(EventAdminService, mesh.transport("audit")),
    call: async (timeoutMs = 30_000) => ({
      headers: { [assertionHeader]: await issuer.assert("audit", claims) },
      timeoutMs,
    }),
    [Symbol.asyncDispose]: () => mesh[Symbol.asyncDispose](),
  };
}

function nameOnThisMachine(): string {
  try {
    return userInfo().username.slice(0, 64);
  } catch {
    // An account of a container may have no name.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
