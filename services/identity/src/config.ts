import { ConfigError, type EnvReader, readConfig } from "@todo/kit/config";

export interface IdentityConfig {
  host: string;
  grpcPort: number;
  adminPort: number;
  logLevel: string;
  shutdownGraceMs: number;
  appApiToken: string;
  keyBundle: string;
  /** The administrator's DSN, for migrations alone. */
  databaseUrl: string;
  databaseRolePassword: string;
  databasePoolSize: number;
  kafkaBrokers: string[];
  /** So many undelivered events, and nothing more is changed that would add to them. The relay counts to 100,000. */
  outboxCap: number;
  failpoints: { inline?: string; file?: string };
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
}

const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

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
  const [inline, file] = [read.optional("FAILPOINTS"), read.optional("FAILPOINTS_FILE")];
  return {
    host: read.string("HOST", { default: "127.0.0.1" }),
    grpcPort: read.port("GRPC_PORT"),
    adminPort: read.port("ADMIN_PORT"),
    logLevel: read.oneOf("LOG_LEVEL", levels, { default: "info" }),
    shutdownGraceMs: read.integer("SHUTDOWN_GRACE_MS", { default: 10_000, min: 0, max: 600_000 }),
    appApiToken: read.secret("APP_API_TOKEN"),
    keyBundle: read.secret("KEY_BUNDLE"),
    databaseUrl: read.secret("DATABASE_URL"),
    databaseRolePassword: read.secret("DATABASE_ROLE_PASSWORD"),
    databasePoolSize: read.integer("DATABASE_POOL_SIZE", { default: 10, min: 2, max: 200 }),
    kafkaBrokers: read.list("KAFKA_BOOTSTRAP_SERVERS"),
    outboxCap: read.integer("OUTBOX_CAP", { default: 50_000, min: 1, max: 100_000 }),
    failpoints: { ...(inline === undefined ? {} : { inline }), ...(file === undefined ? {} : { file }) },
    publicUrl: read.url("PUBLIC_URL"),
    authSecret: read.secret("AUTH_SECRET"),
    trustedOrigins: read.list("CORS_ORIGINS", { default: [] }),
    signInsPerMinute: read.integer("RATE_LIMIT_SIGN_IN", { default: 100, min: 1 }),
    callsPerMinute: read.integer("RATE_LIMIT_AUTH", { default: 1200, min: 1 }),
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
