import { type EnvReader, readConfig } from "@todo/kit/config";
import { readServiceConfig, readSidecar, type ServiceConfig } from "@todo/kit/service-config";

export interface TaskConfig extends ServiceConfig {
  /** How many events may wait for the broker before writes are refused. The relay counts to 100,000 at most. */
  outboxCap: number;
  /** How long a write waits for another one of the same user. */
  writeWaitMs: number;
  /** How many AccessRefused one user can cause in a minute. */
  refusalsPerMinute: number;
  /** How many tasks a user may have, those in the trash included. */
  taskQuota: number;
  /** How many different tags a user's tasks may carry besides the predefined ones. */
  tagQuota: number;
  /** How many series of a user may go on at a time. */
  seriesQuota: number;
  /** Whether there are tags besides the predefined ones (R005). */
  freeTags: boolean;
  /** How often answers that are too old are thrown away. */
  answerSweepMs: number;
  /** How often the trash is emptied of what lay in it for long enough. */
  purgeMs: number;
  /** How long changes stay in the feed. */
  feedDays: number;
  /** How often erasures that are not done go on. */
  erasureSweepMs: number;
  /** The way to other apps, and what it takes to speak for users there. Not set: there is none. */
  calls: { sidecar: { address: string; apiToken: string }; signingKey: string } | undefined;
}

function readCalls(read: EnvReader): TaskConfig["calls"] {
  const sidecar = readSidecar(read);
  return sidecar && { sidecar, signingKey: read.secret("SIGNING_KEY") };
}

/** @throws ConfigError that names all faults. */
export function readTaskConfig(env: Readonly<Record<string, string | undefined>>): TaskConfig {
  return readConfig(env, (read) => ({
    ...readServiceConfig(read),
    outboxCap: read.integer("OUTBOX_CAP", { default: 50_000, min: 1, max: 100_000 }),
    writeWaitMs: read.integer("WRITE_WAIT_MS", { default: 3_000, min: 1 }),
    refusalsPerMinute: read.integer("REFUSALS_PER_MINUTE", { default: 30, min: 1 }),
    taskQuota: read.integer("TASK_QUOTA", { default: 10_000, min: 1, max: 1_000_000 }),
    tagQuota: read.integer("TAG_QUOTA", { default: 500, min: 1, max: 900 }),
    seriesQuota: read.integer("SERIES_QUOTA", { default: 1_000, min: 1, max: 100_000 }),
    freeTags: read.oneOf("FREE_TAGS", ["on", "off"], { default: "on" }) === "on",
    purgeMs: read.integer("PURGE_MS", { default: 600_000, min: 100 }),
    feedDays: read.integer("FEED_DAYS", { default: 400, min: 30 }),
    answerSweepMs: read.integer("ANSWER_SWEEP_MS", { default: 600_000, min: 100 }),
    erasureSweepMs: read.integer("ERASURE_SWEEP_MS", { default: 10_000, min: 100 }),
    calls: readCalls(read),
  }));
}
