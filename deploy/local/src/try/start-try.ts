import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startGatewayApp } from "@todo/gateway/app";
import { readGatewayConfig } from "@todo/gateway/config";
import { createLogger, type Logger } from "@todo/kit/log";
import { dataFolder } from "../data-folder.ts";
import { takeDataFolder } from "../data-lock.ts";
import { demoLogin } from "../demo/login.ts";
import { baseEnvironment } from "../environment.ts";
import { allocatePorts, isFree } from "../ports.ts";
import { adminUrl, postgresSpec } from "../postgres/server.ts";
import type { Death } from "../process/managed-process.ts";
import { Supervisor } from "../process/supervisor.ts";
import { answers, eventually } from "../process/wait.ts";
import { randomSecret } from "../secrets/files.ts";
import { newSigningKey } from "../secrets/signing-keys.ts";
import { temporaryDataFolder } from "../temporary-folder.ts";
import { startServices } from "./services.ts";

export interface TryOptions {
  /** The gateway's port; 0 takes any free one. */
  readonly port: number;
  /** The launcher's environment: the search path and LOG_LEVEL. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told if the database ends by itself. */
  readonly onDeath?: (death: Death) => void;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
}

/** The system in one process. Disposing of it stops everything and removes all data. */
export interface RunningTry extends AsyncDisposable {
  readonly url: string;
  /** An account to play with. */
  readonly email: string;
  readonly password: string;
  /** Where everything lies as long as it runs. */
  readonly folder: string;
  readonly logFile: string;
}

/**
 * Starts gateway and services in this process, on a Postgres of their own. A bus in memory stands where Kafka would,
 * and direct calls where the sidecars would; contracts, assertions, outboxes and inboxes are the same as ever.
 *
 * Rejects with one clear line if the port is taken.
 */
export async function startTry(o: TryOptions): Promise<RunningTry> {
  if (o.port !== 0 && !(await isFree(o.port))) {
    throw new Error(`port ${o.port} is busy: choose another one, as in PORT=${o.port + 1} npm run try`);
  }
  await using stack = new AsyncDisposableStack();
  const folder = dataFolder(stack.use(await temporaryDataFolder()).path);
  stack.use(await takeDataFolder(folder, () => undefined));
  const logFile = join(folder.logs, "todo.log");
  const logOf = await openLogs(stack, logFile, o.environment["LOG_LEVEL"] || "info");
  const ports = await allocatePorts(["gateway", "postgres"], o.port === 0 ? {} : { gateway: o.port });
  const publicUrl = `http://localhost:${ports.gateway}`;

  const supervisor = stack.use(
    new Supervisor({ logs: folder.logs, pids: folder.pids, onDeath: o.onDeath ?? (() => undefined) }),
  );
  const env = baseEnvironment(o.environment);
  const place = { folder: folder.postgres, port: ports.postgres, password: randomSecret(), env };
  await supervisor.add(await postgresSpec(place)).start(o.signal);

  const gatewayKey = newSigningKey("gateway");
  const mesh = await startServices(stack, { databaseUrl: adminUrl(place), publicUrl, gatewayKey, logOf });
  o.signal?.throwIfAborted();
  const config = readGatewayConfig({
    PORT: String(ports.gateway),
    PUBLIC_URL: publicUrl,
    SIGNING_KEY: gatewayKey,
    SHUTDOWN_GRACE_MS: "2000",
    // There is no sidecar: the mesh below is the way to the services.
    DAPR_GRPC_PORT: "0",
    DAPR_HTTP_PORT: "0",
    DAPR_API_TOKEN: "none",
  });
  stack.use(await startGatewayApp(config, { mesh, log: logOf("gateway") }));
  const ready = (signal: AbortSignal) => answers(`${publicUrl}/health/ready`, signal);
  await eventually("the gateway is not ready", ready, {
    within: 30_000,
    ...(o.signal && { signal: o.signal }),
  });
  const login = await demoLogin(publicUrl, folder.demo);

  const owned = stack.move();
  return {
    url: publicUrl,
    ...login,
    folder: folder.root,
    logFile,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** One log for everything that runs here; each line says whose it is. */
async function openLogs(
  stack: AsyncDisposableStack,
  file: string,
  level: string,
): Promise<(app: string) => Logger> {
  await mkdir(join(file, ".."), { recursive: true });
  const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  stack.defer(() => new Promise<void>((resolve) => stream.end(resolve)));
  const destination = { write: (line: string) => void stream.write(line) };
  return (service) => createLogger({ service, level, destination });
}
