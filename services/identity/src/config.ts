import { ConfigError, type EnvReader, readConfig } from "@todo/kit/config";
import { readServiceConfig, type ServiceConfig } from "@todo/kit/service-config";

export interface IdentityConfig extends ServiceConfig {
  /** So many undelivered events, and nothing more is changed that would add to them. The relay counts to 100,000. */
  outboxCap: number;
  /** The origin under which the outside reaches us: issuer and audience of our tokens. */
  publicUrl: string;
  /** Signs cookies and encrypts the private keys of our tokens. */
  authSecret: string;
  /** Further origins whose pages may sign their users in. */
  trustedOrigins: string[];
  /** Sign-ins per minute from one address; for a moment three times as many. The same for sign-ups and the like. */
  signInsPerMinute: number;
  /** Calls per minute from one address to any other path; for a moment three times as many. */
  callsPerMinute: number;
  /** For how long tokens are signed with one key. Seconds. */
  keyRotationSeconds: number;
  /**
   * How many passwords are hashed at the same time. libuv has four threads for that and for signing tokens, which must
   * not wait for passwords.
   */
  passwordsAtOnce: number;
  /** How many wait for that at most. */
  passwordsWaiting: number;
  /** How long they wait at most. */
  passwordWaitMs: number;
  /** How often what is over is thrown away. */
  sweepMs: number;
}

/** @throws ConfigError that names all faults. */
export function readIdentityConfig(env: Readonly<Record<string, string | undefined>>): IdentityConfig {
  const own: string[] = [];
  try {
    const config = readConfig(env, (read) => {
      const found = shape(read);
      own.push(...ownFaults(found));
      return found;
    });
    if (own.length === 0) return { ...config, publicUrl: new URL(config.publicUrl).origin };
    throw new ConfigError([]);
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError([...error.faults, ...own]) : error;
  }
}

function shape(read: EnvReader): IdentityConfig {
  return {
    ...readServiceConfig(read),
    outboxCap: read.integer("OUTBOX_CAP", { default: 50_000, min: 1, max: 100_000 }),
    publicUrl: read.url("PUBLIC_URL"),
    authSecret: read.secret("AUTH_SECRET"),
    trustedOrigins: read.list("CORS_ORIGINS", { default: [] }),
    signInsPerMinute: read.integer("RATE_LIMIT_SIGN_IN", { default: 100, min: 1 }),
    callsPerMinute: read.integer("RATE_LIMIT_AUTH", { default: 1200, min: 1 }),
    keyRotationSeconds: read.integer("KEY_ROTATION_SECONDS", { default: 30 * 24 * 3_600, min: 10 }),
    passwordsAtOnce: read.integer("PASSWORDS_AT_ONCE", { default: 2, min: 1, max: 3 }),
    passwordsWaiting: read.integer("PASSWORDS_WAITING", { default: 128, min: 1, max: 10_000 }),
    passwordWaitMs: read.integer("PASSWORD_WAIT_MS", { default: 5_000, min: 1, max: 30_000 }),
    sweepMs: read.integer("SWEEP_MS", { default: 600_000, min: 100 }),
  };
}

function ownFaults({ publicUrl, authSecret, trustedOrigins }: IdentityConfig): string[] {
  const faults: string[] = [];
  if (!isOrigin(publicUrl.replace(/\/$/, ""))) faults.push("PUBLIC_URL has more than scheme, host and port");
  if (authSecret !== "" && authSecret.length < 32) faults.push("AUTH_SECRET is shorter than 32 characters");
  if (!trustedOrigins.every(isOrigin)) faults.push("CORS_ORIGINS holds something that is no origin");
  return faults;
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
