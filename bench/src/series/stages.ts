import { quantile } from "#src/load/statistics.ts";
import type { Line } from "#src/report/figure.ts";
import type { Completion } from "./repeating-task.ts";
import type { Stamps } from "./stamps.ts";

type Times = Pick<Completion, "dueMs" | "seenMs"> & Omit<Stamps, "taskId">;

/** The ways from one time to the next, in their order: they add up to the whole. */
const stages: readonly { name: string; took: (times: Times) => number }[] = [
  { name: "the user's call, until the completion is written", took: (t) => t.completedMs - t.dueMs },
  {
    name: "outbox, relay, Kafka and sidecar, until recurrence has the event",
    took: (t) => t.takenMs - t.completedMs,
  },
  {
    name: "recurrence and its call, until the next task is written",
    took: (t) => t.createdMs - t.takenMs,
  },
  { name: "until a call of the user shows it", took: (t) => t.seenMs - t.createdMs },
  { name: "all", took: (t) => t.seenMs - t.dueMs },
];

/** A line for each stage: median and 95th percentile in milliseconds. */
export function stageLines(completions: readonly Completion[], stamps: readonly Stamps[]): Line[] {
  const stampsBy = new Map(stamps.map((own) => [own.taskId, own]));
  const times = completions.flatMap((completion): Times[] => {
    const own = stampsBy.get(completion.taskId);
    return own === undefined ? [] : [{ ...completion, ...own }];
  });
  return stages.map(({ name, took }) => {
    const all = times.map(took);
    return { name, cells: [0.5, 0.95].map((share) => quantile(all, share).toFixed(0)) };
  });
}
