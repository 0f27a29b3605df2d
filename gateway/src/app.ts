import { createClient } from "@connectrpc/connect";
import { createHealth, serveAdmin } from "@todo/kit/admin";
import { createAssertionIssuer } from "@todo/kit/assertion";
import { createLogger, type Logger } from "@todo/kit/log";
import { type Mesh, sidecarMesh } from "@todo/kit/mesh";
import { ownCall } from "@todo/kit/mesh/own-call";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { AuthService } from "@todo/proto/todo/identity/v1/auth_service";
import { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { createApi } from "#src/api.ts";
import { createAuditReport } from "#src/audit-report.ts";
import { createAuth } from "#src/auth/auth.ts";
import { createClientAddress, trustIn } from "#src/client-address.ts";
import type { GatewayConfig } from "#src/config.ts";
import { createExchange } from "#src/exchange.ts";
import { createFloods } from "#src/floods.ts";
import { createFront } from "#src/front.ts";
import { createHostCheck } from "#src/hosts.ts";
import { defaultListenerLimits, listen } from "#src/listener.ts";
import { createPage } from "#src/page/page.ts";
import { createPlaces } from "#src/places.ts";
import { createRateLimiter } from "#src/rate/limiter.ts";
import { exposedRoutes, type Route } from "#src/routes.ts";
import { createShutdown } from "#src/shutdown.ts";
import { outboundReady } from "#src/sidecar.ts";
import { createUnsentAnswers } from "#src/unsent.ts";

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
  /** Where operators read health and metrics. */
  readonly adminPort: number;
}

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
  const checks = mesh.transport("identity", "checks");
  const auth = createAuth({
    client: createClient(AuthService, checks),
    tokens: createClient(TokenService, checks),
    openSessions: createClient(SessionService, checks),
    publicUrl,
    now,
    log,
  });
  const audit = createClient(AuditService, mesh.transport("audit", "reports"));
  const report = stack.use(createAuditReport({ client: audit, now, log }));
  const health = createHealth({
    ...(overrides.mesh === undefined && {
      sidecar: outboundReady(sidecar.httpPort),
      mesh: stack.use(ownCall({ app: "gateway", address, apiToken: sidecar.apiToken })),
    }),
    identity: () => auth.keys.prime(),
  });
  const shutdown = createShutdown();
  const assertions = createAssertionIssuer({ app: "gateway", signingKey, now });
  const limiter = createRateLimiter(config.rates, now);
  const floods = createFloods(now);
  const places = createPlaces(config);
  const api = createApi({
    routes: overrides.routes ?? exposedRoutes(),
    proxy: { mesh, assertions, log, work: places.work, took: places.took },
    authenticate: auth.authenticate,
    limiter,
    receiving: places.receiving,
    report,
    shutdown,
  });
  const provider = (bulkhead: string) => createClient(AuthService, mesh.transport("identity", bulkhead));
  const isTrusted = trustIn(config.trustedProxies);
  const front = createFront({
    rpc: api.rpc,
    exchange: createExchange({
      passwords: { client: provider("passwords"), places: places.passwords },
      others: { client: provider("provider"), places: places.provider },
      sessions: auth.sessions,
      log,
    }),
    page: createPage({ publicUrl, methods: api.methods, health }),
    health,
    clientAddress: createClientAddress(isTrusted),
    limiter,
    floods,
    places,
    unsent: createUnsentAnswers(),
    isOurHost: createHostCheck(config.allowedHosts),
    corsOrigins: new Set(config.corsOrigins),
    https: publicUrl.startsWith("https:"),
    log,
  });
  const limits = {
    ...defaultListenerLimits,
    connections: config.maxConnections,
    connectionsPerAddress: config.maxConnectionsPerAddress,
  };
  const profiles =
    config.profileFolder === undefined ? undefined : { path: config.profileFolder, app: "gateway" };
  const admin = stack.use(await serveAdmin({ ...config.admin, health, profiles }));
  const listener = await listen({
    ...config,
    limits,
    isTrusted,
    isRefused: floods.isFlooding,
    handler: front,
  });
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
  log.info({ url, admin_port: admin.port }, "listening");
  return {
    url,
    port: listener.port,
    adminPort: admin.port,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A host that means every address is reached at this machine's own. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
