import type { SeriesViolationKind } from "./checker.ts";
import { replicas } from "./strikes.ts";
import type { Spread } from "./timing.ts";

/** How a run of series went. */
export interface SeriesResult {
  readonly completions: number;
  /** The occurrences that came of them. */
  readonly next: number;
  /** How often processes of a kind were ended. */
  readonly strikes: ReadonlyMap<string, number>;
  /** Of all calls, how many failed in which way. */
  readonly calls: number;
  readonly failures: ReadonlyMap<string, number>;
  /** From a completion's acknowledgement until the next occurrence was shown. */
  readonly waited: Spread;
  /** From the end of a round of strikes until every completion before it had its next occurrence. */
  readonly recovery: Spread;
  /** From the first completion to the last occurrence. */
  readonly seconds: number;
  readonly found: Readonly<Record<SeriesViolationKind, number>>;
  readonly seed: number;
}

export const seriesHeading = "## Series";

/** The section of the document on reliability. */
export function seriesSection(result: SeriesResult): string {
  const { completions, next, found } = result;
  const rows = [
    ["Completions", completions],
    ["Next tasks", next],
    ["Missing", found.missing],
    ["Twice", found.twice],
    ["Wrong time", found["wrong time"]],
    ["Out of order", found["out of order"]],
    ["Foreign", found.foreign],
    ["Ended and started again", tally(result.strikes)],
    ["Seen by callers", seenBy(result)],
    ["Until the next task was seen", inSeconds(result.waited)],
    ["Until the system had caught up after a round", inSeconds(result.recovery)],
    ["In all", `${result.seconds.toFixed(0)} s, seed ${result.seed}`],
  ];
  return `${seriesHeading}

${about}

| What | How many |
| --- | --- |
${rows.map(([what, count]) => `| ${what} | ${count} |`).join("\n")}
`;
}

const about = `Ten users have eight series each, by schedule and by completion, in seven zones, and complete the open task of each again
and again as soon as they are shown it. ${replicas.recurrence} instances of recurrence and ${replicas.task} of task bring the series on, each beside a
sidecar of its own. Meanwhile their processes, their sidecars and the one broker are ended by SIGKILL and SIGTERM, two or
three at once, and started again. Afterwards the tables, the topic \`task.recurring\` and what the users are shown are
compared with what they were told: every completion that was acknowledged has one next task, **none missing** and **none
twice**, due at the minute at which the rule has it, each behind the one before it, and the last one open.`;

function tally(strikes: ReadonlyMap<string, number>): string {
  return [...strikes].map(([kind, count]) => `${count} × ${kind}`).join(", ");
}

function seenBy({ calls, failures }: SeriesResult): string {
  const failed = [...failures].map(([outcome, count]) => `${count} × ${outcome}`);
  const succeeded = calls - [...failures.values()].reduce((sum, count) => sum + count, 0);
  return [`${succeeded} × success`, ...failed].join(", ");
}

function inSeconds({ half, most95, most }: Spread): string {
  return `${half.toFixed(1)} s for half, ${most95.toFixed(1)} s for 95 in 100, ${most.toFixed(1)} s at most`;
}
