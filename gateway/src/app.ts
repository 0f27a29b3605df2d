import { createClient } from "@connectrpc/connect";
import { createHealth } from "@todo/kit/admin";
import { createAssertionIssuer } from "@todo/kit/assertion";
import { createLogger, type Logger } from "@todo/kit/log";
import { type Mesh, sidecarMesh } from "@todo/kit/mesh";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { AuthService } from "@todo/proto/todo/identity/v1/auth_service";
import { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { createAdaptiveAdmission } from "#src/adaptive-admission.ts";
import { createAdmission, createKeyedAdmission } from "#src/admission.ts";
import { createApi } from "#src/api.ts";
import { createAuditReport } from "#src/audit-report.ts";
import { createAuth } from "#src/auth/auth.ts";
import { createClientAddress, trustIn } from "#src/client-address.ts";
import type { GatewayConfig } from "#src/config.ts";
import { createExchange } from "#src/exchange.ts";
import { createFront } from "#src/front.ts";
import { defaultListenerLimits, listen } from "#src/listener.ts";
import { createPage } from "#src/page/page.ts";
import { createRateLimiter } from "#src/rate/limiter.ts";
import { exposedRoutes, type Route } from "#src/routes.ts";
import { createShutdown } from "#src/shutdown.ts";
import { outboundReady } from "#src/sidecar.ts";

export interface GatewayOverrides {
  /** The way to the services, in place of the own sidecar. */
  mesh?: Mesh;
  /** What is offered, in place of what the contracts expose. */
  routes?: readonly Route[];
  now?: () => Date;
  log?: Logger;
}

export interface RunningGateway extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
}

/** Health and reflection have few places of their own. */
const ownCalls = 64;
/** When the services take longer than a second, too much is asked of them. */
const adaptive = { fewest: 64, targetMs: 1_000, now: () => performance.now() };

export async function startGatewayApp(
  config: GatewayConfig,
  overrides: GatewayOverrides = {},
): Promise<RunningGateway> {
  const { now = () => new Date(), log = createLogger({ service: "gateway", level: config.logLevel }) } =
    overrides;
  const { sidecar, publicUrl, signingKey } = config;
  await using stack = new AsyncDisposableStack();

  const address = `127.0.0.1:${sidecar.grpcPort}`;
  const mesh = overrides.mesh ?? stack.use(sidecarMesh({ address, apiToken: sidecar.apiToken, log }));
  const client = createClient(AuthService, mesh.transport("identity"));
  const tokens = createClient(TokenService, mesh.transport("identity"));
  const openSessions = createClient(SessionService, mesh.transport("identity"));
  const auth = createAuth({ client, tokens, openSessions, publicUrl, now, log });
  const audit = createClient(AuditService, mesh.transport("audit"));
  const report = stack.use(createAuditReport({ client: audit, now, log }));
  const health = createHealth({
    ...(overrides.mesh ? {} : { sidecar: outboundReady(sidecar.httpPort) }),
    identity: () => auth.keys.prime(),
  });
  const shutdown = createShutdown();
  const assertions = createAssertionIssuer({ app: "gateway", signingKey, now });
  const limiter = createRateLimiter(config.rates, now);
  const admission = createAdaptiveAdmission({ ...adaptive, most: config.maxCalls });
  const api = createApi({
    routes: overrides.routes ?? exposedRoutes(),
    proxy: { mesh, assertions, log, took: admission.took },
    authenticate: auth.authenticate,
    limiter,
    userAdmission: createKeyedAdmission(config.maxCallsPerUser),
    report,
    shutdown,
  });
  const isTrusted = trustIn(config.trustedProxies);
  const front = createFront({
    rpc: api.rpc,
    exchange: createExchange({ client, sessions: auth.sessions, log }),
    page: createPage({ publicUrl, methods: api.methods, health }),
    health,
    clientAddress: createClientAddress(isTrusted),
    limiter,
    admission,
    ownAdmission: createAdmission(ownCalls),
    corsOrigins: new Set(config.corsOrigins),
    https: publicUrl.startsWith("https:"),
    log,
  });
  const limits = {
    ...defaultListenerLimits,
    connections: config.maxConnections,
    connectionsPerAddress: config.maxConnectionsPerAddress,
  };
  const listener = await listen({ ...config, limits, isTrusted, handler: front });
  stack.defer(async () => {
    health.stopAccepting();
    api.stopServing();
    const { shutdownGraceMs: graceMs, shutdownLingerMs: lingerMs } = config;
    await shutdown.run(() => listener.stop({ graceMs, lingerMs }), graceMs);
  });
  health.markStarted();
  // So that the first call finds the keys there. If that fails, the next one and every probe try again.
  auth.keys.prime().catch(() => undefined);

  const owned = stack.move();
  const url = `${config.tls ? "https" : "http"}://${reachable(config.host)}:${listener.port}`;
  log.info({ url }, "listening");
  return { url, port: listener.port, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A host that means every address is reached at this machine's own. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
