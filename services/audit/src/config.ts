import { type EnvReader, readConfig } from "@todo/kit/config";

export interface AuditConfig {
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
  failpoints: { inline?: string; file?: string };
  /** 32 bytes that wrap the keys of users. Without them no entry can be read again. */
  masterKey: Uint8Array;
  /** How often deliveries that cannot come again are forgotten. */
  inboxSweepMs: number;
}

const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
const base64Of32Bytes = /^[A-Za-z0-9+/]{43}=$/;

/** Throws a ConfigError that names all faults. */
export function readAuditConfig(env: Readonly<Record<string, string | undefined>>): AuditConfig {
  return readConfig(env, shape);
}

function shape(read: EnvReader): AuditConfig {
  const [inline, file] = [read.optional("FAILPOINTS"), read.optional("FAILPOINTS_FILE")];
  const masterKey = read.secret("AUDIT_MASTER_KEY", { pattern: base64Of32Bytes });
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
    failpoints: { ...(inline === undefined ? {} : { inline }), ...(file === undefined ? {} : { file }) },
    masterKey: Buffer.from(masterKey, "base64"),
    inboxSweepMs: read.integer("INBOX_SWEEP_MS", { default: 3_600_000, min: 100 }),
  };
}
