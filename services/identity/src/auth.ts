import { randomUUIDv7 } from "node:crypto";
import type { Logger } from "@todo/kit/log";
import { betterAuth } from "better-auth";
import { APIError } from "better-auth/api";
import { bearer, jwt } from "better-auth/plugins";
import { endpoints } from "./endpoints.ts";
import { clientAddressHeader } from "./exchange.ts";
import type { passwordHooks } from "./password-hooks.ts";
import type { PasswordWork } from "./password-work.ts";
import { defaultLocale, defaultZone } from "./profile.ts";
import type { RateLimiter, RateRule } from "./rate-limit.ts";
import type { IdentityDatabase } from "./tables.ts";
import { checkUser } from "./user-rules.ts";

/** What the token of a session allows: everything the person may do. */
const scope = [
  "tasks:read",
  "tasks:write",
  "profile:read",
  "profile:write",
  "audit:read",
  "tokens:read",
  "tokens:write",
  "sessions:read",
  "sessions:write",
  "account:read",
  "account:write",
].join(" ");

export interface AuthOptions {
  database: IdentityDatabase;
  /** Base URL, issuer and audience. */
  publicUrl: string;
  secret: string;
  trustedOrigins: string[];
  /** For how long tokens are signed with one key. */
  keyRotationSeconds: number;
  limiter: RateLimiter;
  /** For whatever tries a password or makes an account. */
  signInRule: RateRule;
  /** For everything else. */
  callRule: RateRule;
  /** Whether too many events wait for the broker already. Then accounts are neither made nor changed, only erased. */
  outboxFull: () => boolean;
  log: Logger;
  /** Hashes and checks passwords, after {@link hooks} have let a request through. */
  passwords: Pick<PasswordWork, "hash" | "verify">;
  hooks: Partial<Pick<ReturnType<typeof passwordHooks>, "before" | "after">>;
  /** Called when somebody wants to make an account with the address of this user. */
  signUpIgnored: (userId: string, clientAddress: string) => Promise<void>;
}

export type Auth = ReturnType<typeof createAuth>;

/** The identity provider: accounts with passwords, sessions, and short tokens that name the user by id alone (R090). */
export function createAuth(o: AuthOptions) {
  return betterAuth({
    appName: "todo",
    baseURL: o.publicUrl,
    // A page for failed social sign-ins, of which there are none.
    disabledPaths: ["/error"],
    secret: o.secret,
    trustedOrigins: [o.publicUrl, ...o.trustedOrigins],
    database: { db: o.database, type: "postgres", transaction: true },
    emailAndPassword: {
      enabled: true,
      ...{ minPasswordLength: 8, maxPasswordLength: 128 },
      password: o.passwords,
      // A session would tell that the address was free; one who signs up signs in next.
      autoSignIn: false,
      onExistingUserSignUp: ({ user }, request) =>
        o.signUpIgnored(user.id, request?.headers.get(clientAddressHeader) ?? ""),
    },
    user: {
      additionalFields: {
        zone: { type: "string", required: true, defaultValue: defaultZone },
        locale: { type: "string", required: true, defaultValue: defaultLocale },
      },
    },
    databaseHooks: rowHooks(o),
    hooks: o.hooks,
    // Signed tokens alone: what stands in the table of sessions opens nothing.
    plugins: [bearer({ requireSignature: true }), tokens(o)],
    rateLimit: limits(o),
    advanced: {
      ...cookies(o.publicUrl),
      database: { generateId: () => randomUUIDv7() },
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
      // Said aloud, since the provider relaxes both by itself when NODE_ENV or TEST says that this is a test.
      disableOriginCheck: false,
      disableCSRFCheck: false,
    },
    // Otherwise an unforeseen error would be printed with its SQL; thrown, it is masked and logged like any other.
    onAPIError: { throw: true },
    telemetry: { enabled: false },
    logger: { level: "warn", log: (level, message, ...rest) => logProvider(o.log, level, message, rest) },
  });
}

function rowHooks({ database, outboxFull }: AuthOptions) {
  const before = async (user: Record<string, unknown>) => {
    if (outboxFull()) throw busy();
    return { data: checkUser(user) };
  };
  return {
    user: { create: { before }, update: { before } },
    session: {
      create: { after: ({ userId }: { userId: string }) => forgetExpiredSessions(database, userId) },
    },
  };
}

function tokens({ publicUrl, keyRotationSeconds }: AuthOptions) {
  return jwt({
    jwks: {
      keyPairConfig: { alg: "EdDSA", crv: "Ed25519" },
      rotationInterval: keyRotationSeconds,
      // Far longer than a token lives and than anybody caches the keys.
      gracePeriod: 24 * 3600,
    },
    jwt: {
      issuer: publicUrl,
      audience: publicUrl,
      expirationTime: "10m",
      definePayload: ({ user, session }) => ({
        sub: user.id,
        sid: session.id,
        scope,
        zone: user["zone"],
        locale: user["locale"],
      }),
    },
    disableSettingJwtHeader: true,
  });
}

/** `__Host-` (RFC 6265bis, 4.1.3.2) ties a cookie to exactly this host, but browsers take it only over TLS. */
function cookies(publicUrl: string) {
  const secure = publicUrl.startsWith("https:");
  return {
    // The provider's own switch would put `__Secure-` in front.
    useSecureCookies: false,
    cookiePrefix: secure ? "__Host-todo" : "todo",
    defaultCookieAttributes: { secure, httpOnly: true, sameSite: "lax", path: "/" },
  } as const;
}

function limits({ limiter, signInRule, callRule }: AuthOptions) {
  const guessing = Object.keys(endpoints).filter((path) => endpoints[path]?.password !== undefined);
  return {
    enabled: true,
    ...callRule,
    customRules: {
      ...Object.fromEntries(guessing.map((path) => [path, signInRule])),
      // Public keys, asked for by the gateway for everybody.
      "/jwks": false as const,
    },
    customStorage: { consume: async (key: string, rule: RateRule) => limiter.take(key, rule) },
  };
}

async function forgetExpiredSessions(database: IdentityDatabase, userId: string): Promise<void> {
  await database
    .deleteFrom("session")
    .where("userId", "=", userId)
    .where("expiresAt", "<", new Date())
    .execute();
}

export function busy(): APIError {
  return new APIError("SERVICE_UNAVAILABLE", { code: "OUTBOX_FULL", message: "too many undelivered events" });
}

/** Only the provider's own words and the kind of an error: what an error quotes may be an address or a password. */
function logProvider(log: Logger, level: string, message: unknown, rest: readonly unknown[]): void {
  const error = [message, ...rest].find((one) => one instanceof Error);
  const words = typeof message === "string" ? { provider: message.slice(0, 200) } : {};
  const fields = { ...words, ...(error === undefined ? {} : { error: error.name }) };
  if (level === "error") log.error(fields, "identity provider");
  else log.warn(fields, "identity provider");
}
