import { createHealth, serveAdmin } from "@todo/kit/admin";
import { createAssertionVerifier } from "@todo/kit/assertion";
import { openPool, serviceUrl } from "@todo/kit/database";
import { createFailpoints, type Failpoints } from "@todo/kit/failpoint";
import { serviceInterceptors } from "@todo/kit/grpc/interceptors";
import { type Mount, mount, serveGrpc } from "@todo/kit/grpc/server";
import { kafkaPublisher } from "@todo/kit/kafka-publisher";
import { createLogger, type Logger } from "@todo/kit/log";
import { meter } from "@todo/kit/metrics";
import { migrate } from "@todo/kit/migrate";
import type { EventPublisher } from "@todo/kit/publisher";
import { type Relay, startRelay } from "@todo/kit/relay";
import type { RunningApp } from "@todo/kit/running-app";
import { currentTraceparent } from "@todo/kit/trace";
import { AuthService } from "@todo/proto/todo/identity/v1/auth_service";
import { ProfileService } from "@todo/proto/todo/identity/v1/profile_service";
import { createAuth } from "./auth.ts";
import type { IdentityConfig } from "./config.ts";
import { unavailableWhileAway } from "./errors.ts";
import { createAuthService } from "./exchange.ts";
import { migrations, role, schema } from "./migrations.ts";
import { createProfileService } from "./profile-service.ts";
import { type ProviderDatabase, providerDatabase } from "./provider-database.ts";
import { createRateLimiter, type RateRule } from "./rate-limit.ts";
import { createSignInFailures } from "./sign-in-failures.ts";

export interface IdentityOverrides {
  now?: () => Date;
  log?: Logger;
  publisher?: EventPublisher;
  failpoints?: Failpoints;
}

/** Migrates, then starts everything that identity is. Disposing of it stops in the opposite order. */
export async function startIdentityApp(
  config: IdentityConfig,
  overrides: IdentityOverrides = {},
): Promise<RunningApp> {
  await using stack = new AsyncDisposableStack();
  const now = overrides.now ?? (() => new Date());
  const log = overrides.log ?? createLogger({ service: schema, level: config.logLevel });
  const password = config.databaseRolePassword;
  await migrate({ adminUrl: config.databaseUrl, schema, role, password, migrations, log });

  const url = serviceUrl(config.databaseUrl, role, password);
  const pool = openPool({ url, schema, size: config.databasePoolSize, name: schema });
  stack.defer(() => pool.end());
  const publisher =
    overrides.publisher ?? stack.use(kafkaPublisher({ brokers: config.kafkaBrokers, clientId: schema, log }));
  const failpoints = overrides.failpoints ?? createFailpoints(config.failpoints);
  const relay = stack.use(await startRelay({ pool, listenUrl: url, schema, publisher, log, failpoints }));

  const health = createHealth({ database: async () => void (await pool.query("select 1")) });
  const admin = stack.use(await serveAdmin({ host: config.host, port: config.adminPort, health }));
  const shutdown = stack.adopt(new AbortController(), (controller) => controller.abort());
  const server = stack.use(
    await serveGrpc({
      host: config.host,
      port: config.grpcPort,
      mounts: createMounts(config, { ...providerDatabase(pool), relay, now, log }),
      interceptors: [...interceptors(config, log), unavailableWhileAway],
      shutdown: shutdown.signal,
      graceMs: config.shutdownGraceMs,
      log,
    }),
  );
  stack.defer(() => health.stopAccepting());
  health.markStarted();
  const owned = stack.move();
  return {
    port: server.port,
    adminPort: admin.port,
    relay,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function interceptors(config: IdentityConfig, log: Logger) {
  const verifier = createAssertionVerifier({ app: schema, keyBundle: config.keyBundle });
  return serviceInterceptors({ app: schema, log, appApiToken: config.appApiToken, verifier });
}

interface MountDeps extends ProviderDatabase {
  now: () => Date;
  log: Logger;
  relay: Relay;
}

function createMounts(config: IdentityConfig, deps: MountDeps): Mount[] {
  const { database, during, now, log, relay } = deps;
  const { publicUrl } = config;
  const recorded = () => relay.kick();
  const outboxFull = () => relay.depth() >= config.outboxCap;
  const limiter = createRateLimiter(() => now().getTime());
  const leftOut = meter.createCounter("identity.sign_in_failures.left_out", {
    description: "Refused sign-ins that left no fact because there were too many",
  });
  const refusedSignIn = createSignInFailures({
    database,
    limiter,
    now,
    outboxFull,
    leftOut: () => leftOut.add(1),
  });
  const auth = createAuth({
    database,
    publicUrl,
    secret: config.authSecret,
    trustedOrigins: config.trustedOrigins,
    limiter,
    signInRule: perMinute(config.signInsPerMinute),
    callRule: perMinute(config.callsPerMinute),
    outboxFull,
    log,
    refusedSignIn,
  });
  const handle = (request: Request) =>
    during(() => auth.handler(request), request.method === "GET" ? undefined : currentTraceparent());
  return [
    mount(AuthService, createAuthService({ handle, publicUrl, recorded })),
    mount(ProfileService, createProfileService({ database, now, outboxFull, recorded })),
  ];
}

/** That many a minute, and for a moment as many as three minutes allow. */
function perMinute(calls: number): RateRule {
  return { max: calls * 3, window: 180 };
}
