import { sweepAnswers } from "./answer-sweep.ts";
import type { TaskConfig } from "./config.ts";
import type { Database } from "./database.ts";
import { sweepFeed } from "./feed-sweep.ts";
import { purgeTrash } from "./purge.ts";
import type { Writer } from "./write.ts";

interface Job {
  onFailure: string;
  everyMs: number;
  work(signal: AbortSignal): Promise<unknown>;
}

/** What the service does by itself, again and again. */
export function jobsOf(
  config: Pick<TaskConfig, "answerSweepMs" | "purgeMs" | "feedDays">,
  deps: { database: Database; write: Writer; now: () => Date },
): Job[] {
  const { database, now } = deps;
  return [
    {
      onFailure: "old answers were not swept",
      everyMs: config.answerSweepMs,
      work: (signal) => sweepAnswers(database, now(), signal),
    },
    {
      onFailure: "old changes were not swept",
      everyMs: config.answerSweepMs,
      work: (signal) => sweepFeed(database, { now: now(), days: config.feedDays, signal }),
    },
    {
      onFailure: "the trash was not emptied",
      everyMs: config.purgeMs,
      work: (signal) => purgeTrash(deps, signal),
    },
  ];
}
