import { sweepConsumer } from "@todo/kit/consumer-retention";
import type { AnyKysely } from "@todo/kit/database";
import type { Logger } from "@todo/kit/log";
import type { PeriodicWork } from "@todo/kit/periodic";
import { sweepAnswers } from "./answer-sweep.ts";
import type { TaskConfig } from "./config.ts";
import type { Database } from "./database.ts";
import { type ErasureSweepDeps, sweepErasures } from "./erasure-sweep.ts";
import { sweepFeed } from "./feed-sweep.ts";
import { purgeTrash } from "./purge.ts";
import { sweepTagImages } from "./tags/image-sweep.ts";
import type { Writer } from "./write.ts";

/** What the service does by itself, again and again. */
export function jobsOf(
  config: Pick<TaskConfig, "answerSweepMs" | "purgeMs" | "feedDays" | "erasureSweepMs">,
  deps: { database: Database; kysely: AnyKysely; write: Writer; now: () => Date; log: Logger } & Pick<
    ErasureSweepDeps,
    "outboxFull" | "recorded"
  >,
): PeriodicWork[] {
  const { database, kysely, now, log, outboxFull, recorded } = deps;
  return [
    {
      job: "expire-idempotency-keys",
      onFailure: "old answers were not swept",
      everyMs: config.answerSweepMs,
      work: (signal) => sweepAnswers(database, now(), signal),
    },
    {
      job: "expire-feed",
      onFailure: "old changes were not swept",
      everyMs: config.answerSweepMs,
      work: (signal) => sweepFeed(database, { now: now(), days: config.feedDays, signal }),
    },
    {
      job: "expire-tag-images",
      onFailure: "old images of tags were not swept",
      everyMs: config.answerSweepMs,
      work: (signal) => sweepTagImages(database, { now: now(), days: config.feedDays, signal }),
    },
    {
      job: "empty-trash",
      onFailure: "the trash was not emptied",
      everyMs: config.purgeMs,
      work: (signal) => purgeTrash(deps, signal),
    },
    {
      job: "sweep-erasures",
      onFailure: "erasures were not swept",
      everyMs: config.erasureSweepMs,
      work: (signal) => sweepErasures({ database: kysely, now, outboxFull, recorded }, signal),
    },
    {
      job: "expire-deliveries",
      onFailure: "old deliveries were not swept",
      everyMs: config.answerSweepMs,
      work: (signal) => sweepConsumer({ database: kysely, now, log }, signal),
    },
  ];
}
