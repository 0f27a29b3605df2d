import { boundTo } from "@todo/kit/bound-pool";
import { kyselyOn } from "@todo/kit/database";
import { type Mount, mount } from "@todo/kit/grpc/server";
import type { Logger } from "@todo/kit/log";
import { counter } from "@todo/kit/metrics";
import { createRefusals, type Refusals } from "@todo/kit/refusals";
import type { Relay } from "@todo/kit/relay";
import type { RunningApp } from "@todo/kit/running-app";
import { openBasis } from "@todo/kit/service-app";
import { listen, type ServiceOverrides } from "@todo/kit/service-ground";
import { AccountService } from "@todo/proto/todo/identity/v1/account_service";
import { AuthService } from "@todo/proto/todo/identity/v1/auth_service";
import { ProfileService } from "@todo/proto/todo/identity/v1/profile_service";
import { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { readPassword } from "./account-queries.ts";
import { createAccountService } from "./account-service.ts";
import { createAttempts } from "./attempts.ts";
import { type Auth, busy, createAuth } from "./auth.ts";
import type { IdentityConfig } from "./config.ts";
import { createDoor } from "./door.ts";
import { unavailableWhileAway } from "./errors.ts";
import { createAuthService } from "./exchange.ts";
import { createFairQueue } from "./fair-queue.ts";
import { migrations, schema } from "./migrations.ts";
import { createPasswordFailures } from "./password-failures.ts";
import { passwordHooks } from "./password-hooks.ts";
import { createPasswordWork } from "./password-work.ts";
import { createProfileService } from "./profile-service.ts";
import { type ProviderDatabase, providerDatabase } from "./provider-database.ts";
import { createRateLimiter, type RateRule } from "./rate-limit.ts";
import { createSessionService } from "./session-service.ts";
import { startSweep } from "./sweep.ts";
import type { IdentityDatabase } from "./tables.ts";
import { createTokenService } from "./token-service.ts";

/** What one user may leave in the audit log by asking for what belongs to others. */
const refusalsPerMinute = 10;

/** Migrates, then starts everything that identity is. Disposing of it stops in the opposite order. */
export async function startIdentityApp(
  config: IdentityConfig,
  overrides: ServiceOverrides = {},
): Promise<RunningApp> {
  await using stack = new AsyncDisposableStack();
  const basis = await openBasis(stack, { app: schema, config, migrations, overrides });
  const { now, log, relay } = basis;
  const provider = providerDatabase(basis.pool);
  const outboxFull = () => relay.depth() >= config.outboxCap;
  const recorded = () => relay.kick();
  const refusals = stack.use(
    createRefusals({
      ...{ app: schema, database: provider.database, perMinute: refusalsPerMinute },
      ...{ now, outboxFull, recorded, log },
    }),
  );
  const databaseFor = (signal: AbortSignal): IdentityDatabase => kyselyOn(boundTo(basis.pool, signal));
  stack.use(startSweep({ database: provider.database, now, everyMs: config.sweepMs, log }));
  const mounts = createMounts(config, { ...provider, databaseFor, outboxFull, refusals, relay, now, log });
  const ports = await listen(stack, basis, mounts, [unavailableWhileAway]);
  const owned = stack.move();
  return { ...ports, relay, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface MountDeps extends ProviderDatabase {
  databaseFor: (signal: AbortSignal) => IdentityDatabase;
  now: () => Date;
  log: Logger;
  relay: Relay;
  outboxFull: () => boolean;
  refusals: Refusals;
}

function createMounts(config: IdentityConfig, deps: MountDeps): Mount[] {
  const { database, databaseFor, during, keepSession, now, log, relay, outboxFull, refusals } = deps;
  const { publicUrl } = config;
  const recorded = () => relay.kick();
  const limiter = createRateLimiter(() => now().getTime());
  const wrong = counter("identity_sign_in_failures");
  const leftOut = counter("identity_sign_in_failures_left_out");
  const failures = createPasswordFailures({
    ...{ database, now, outboxFull },
    counted: () => wrong.add(1),
    leftOut: () => leftOut.add(1),
  });
  const attempts = createAttempts({ database, secret: config.authSecret, now });
  const work = createPasswordWork(
    createFairQueue({
      atOnce: config.passwordsAtOnce,
      mostWaiting: config.passwordsWaiting,
      longestWaitMs: config.passwordWaitMs,
    }),
  );
  const hooks = passwordHooks({
    ...{ attempts, work, failures, keepSession, now },
    currentHash: async (userId) => (await readPassword(database, userId))?.password,
    sessionOf: (headers) => auth.api.getSession({ headers, query: { disableRefresh: true } }),
    mayMakeAccount: () => {
      if (outboxFull()) throw busy();
    },
  });
  const auth: Auth = createAuth({
    ...{ database, publicUrl, limiter, outboxFull, log, hooks },
    secret: config.authSecret,
    trustedOrigins: config.trustedOrigins,
    keyRotationSeconds: config.keyRotationSeconds,
    signInRule: perMinute(config.signInsPerMinute),
    callRule: perMinute(config.callsPerMinute),
    passwords: work,
    signUpIgnored: (userId, clientAddress) => failures.signUp({ userId, clientAddress }),
  });
  const handle = createDoor({ handler: auth.handler, work, ended: hooks.ended, during });
  return [
    mount(AuthService, createAuthService({ handle, publicUrl, recorded })),
    mount(
      AccountService,
      createAccountService({
        ...{ database, databaseFor, now, attempts, work, failures, recorded },
      }),
    ),
    mount(ProfileService, createProfileService({ databaseFor, database, now, outboxFull, recorded })),
    mount(TokenService, createTokenService({ databaseFor, database, now, outboxFull, recorded, refusals })),
    mount(SessionService, createSessionService({ databaseFor, database, now, refusals })),
  ];
}

/** That many a minute, and for a moment as many as three minutes allow. */
function perMinute(calls: number): RateRule {
  return { max: calls * 3, window: 180 };
}
