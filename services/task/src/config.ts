import { readConfig } from "@todo/kit/config";

export interface TaskConfig {
  host: string;
  grpcPort: number;
  adminPort: number;
  /** The administrator's DSN: only migrations use it. */
  databaseUrl: string;
  databaseRolePassword: string;
  databasePoolSize: number;
  kafkaBrokers: string[];
  appApiToken: string;
  keyBundle: string;
  logLevel: string;
  shutdownGraceMs: number;
  /** How many events may wait for the broker before writes are refused. The relay counts to 100,000 at most. */
  outboxCap: number;
  /** How long a write waits for another one of the same user. */
  writeWaitMs: number;
  /** How many AccessRefused one user can cause in a minute. */
  refusalsPerMinute: number;
  /** How often answers that are too old are thrown away. */
  answerSweepMs: number;
  failpoints: { inline?: string; file?: string };
}

const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

export function readTaskConfig(env: Readonly<Record<string, string | undefined>>): TaskConfig {
  return readConfig(env, (read) => {
    const [inline, file] = [read.optional("FAILPOINTS"), read.optional("FAILPOINTS_FILE")];
    return {
      host: read.string("HOST", { default: "127.0.0.1" }),
      grpcPort: read.port("GRPC_PORT"),
      adminPort: read.port("ADMIN_PORT"),
      databaseUrl: read.secret("DATABASE_URL"),
      databaseRolePassword: read.secret("DATABASE_ROLE_PASSWORD"),
      databasePoolSize: read.integer("DATABASE_POOL_SIZE", { default: 10, min: 1, max: 200 }),
      kafkaBrokers: read.list("KAFKA_BOOTSTRAP_SERVERS"),
      appApiToken: read.secret("APP_API_TOKEN"),
      keyBundle: read.secret("KEY_BUNDLE"),
      logLevel: read.oneOf("LOG_LEVEL", levels, { default: "info" }),
      shutdownGraceMs: read.integer("SHUTDOWN_GRACE_MS", { default: 10_000, min: 0 }),
      outboxCap: read.integer("OUTBOX_CAP", { default: 50_000, min: 1, max: 100_000 }),
      writeWaitMs: read.integer("WRITE_WAIT_MS", { default: 3_000, min: 1 }),
      refusalsPerMinute: read.integer("REFUSALS_PER_MINUTE", { default: 30, min: 1 }),
      answerSweepMs: read.integer("ANSWER_SWEEP_MS", { default: 600_000, min: 100 }),
      failpoints: {
        ...(inline === undefined ? {} : { inline }),
        ...(file === undefined ? {} : { file }),
      },
    };
  });
}
