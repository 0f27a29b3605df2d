import type { Interceptor } from "@connectrpc/connect";
import type pg from "pg";
import { createHealth, serveAdmin } from "./admin.ts";
import { createAssertionVerifier } from "./assertion.ts";
import { createFailpoints, type Failpoints } from "./failpoint.ts";
import { serviceInterceptors } from "./grpc/interceptors.ts";
import { type Mount, serveGrpc } from "./grpc/server.ts";
import { createLogger, type Logger } from "./log.ts";
import { ownCall } from "./mesh/own-call.ts";
import type { EventPublisher } from "./publisher.ts";
import type { MeshConfig } from "./service-config.ts";
import type { AppId } from "./services.ts";

/** What a test, or whoever runs several services in one process, may put in place of the real thing. */
export interface ServiceOverrides {
  now?: () => Date;
  log?: Logger;
  publisher?: EventPublisher;
  failpoints?: Failpoints;
}

/** What every service stands on. */
export interface ServiceGround {
  app: AppId;
  config: MeshConfig;
  now: () => Date;
  log: Logger;
  failpoints: Failpoints;
}

/** The ground of a service. One that keeps nothing needs no more. */
export function groundOf(o: { app: AppId; config: MeshConfig; overrides: ServiceOverrides }): ServiceGround {
  const { app, config, overrides } = o;
  return {
    app,
    config,
    now: overrides.now ?? (() => new Date()),
    log: overrides.log ?? createLogger({ service: app, level: config.logLevel }),
    failpoints: overrides.failpoints ?? createFailpoints(config.failpoints),
  };
}

/**
 * Serves the mounts on the service's gRPC port, and health and metrics on its admin port. At the end readiness goes
 * first, then the calls that are under way finish.
 *
 * @param further interceptors behind those that every service has
 */
export async function listen(
  stack: AsyncDisposableStack,
  { app, config, log, pool }: ServiceGround & { pool?: pg.Pool },
  mounts: Mount[],
  further: Interceptor[] = [],
): Promise<{ port: number; adminPort: number }> {
  const { host, appApiToken, keyBundle, profileFolder, shutdownGraceMs: graceMs } = config;
  const profiles = profileFolder === undefined ? undefined : { path: profileFolder, app };
  const health = createHealth({
    ...(pool && { database: async () => void (await pool.query("select 1")) }),
    ...(config.sidecar && { mesh: stack.use(ownCall({ app, ...config.sidecar })) }),
  });
  const admin = stack.use(await serveAdmin({ host, port: config.adminPort, health, profiles }));
  const verifier = createAssertionVerifier({ app, keyBundle });
  const interceptors = [...serviceInterceptors({ app, log, appApiToken, verifier }), ...further];
  const shutdown = stack.adopt(new AbortController(), (controller) => controller.abort()).signal;
  const server = stack.use(
    await serveGrpc({ host, port: config.grpcPort, mounts, interceptors, shutdown, graceMs, log }),
  );
  stack.defer(() => health.stopAccepting());
  health.markStarted();
  log.info({ port: server.port, admin_port: admin.port }, "ready");
  return { port: server.port, adminPort: admin.port };
}
