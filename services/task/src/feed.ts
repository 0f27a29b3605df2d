import type { Principal } from "@todo/kit/principal";
import { currentTraceId } from "@todo/kit/trace";
import { type Column, imageOf } from "./columns.ts";
import type { Change, Task } from "./domain/task.ts";
import { changedFields, eventType } from "./events.ts";
import type { SeriesImage } from "./series/fact.ts";

/** Who made a change, and how. */
export interface Doer {
  actor: Principal["actor"];
  app: string;
  requestId: string;
  /** Empty: nothing traced it. */
  traceId: string;
}

/** A change as the user's feed keeps it: what happened, who did it, and what was there before. */
export interface FeedRow extends Doer {
  userSeq: bigint;
  type: string;
  /** Null for a change of many tasks at once. */
  taskId: string | null;
  changedFields: readonly string[];
  /** The version of the task that it made; null for a change of many. */
  version: number | null;
  /** What it put something else in the place of, as JSON of the task's properties. */
  before: string;
  after: string;
}

export function doerOf({ principal, requestId }: { principal: Principal; requestId: string }): Doer {
  return { actor: principal.actor, app: principal.issuer, requestId, traceId: currentTraceId() };
}

/** The columns of `task.feed` that differ from change to change of a command. */
export const feedColumns = [
  { property: "userSeq", name: "user_seq", type: "bigint" },
  { property: "type", name: "type", type: "text" },
  { property: "taskId", name: "task_id", type: "uuid" },
  { property: "changedFields", name: "changed_fields", type: "text[]" },
  { property: "version", name: "version", type: "integer" },
  { property: "actor", name: "actor", type: "text" },
  { property: "app", name: "app", type: "text" },
  { property: "requestId", name: "request_id", type: "text" },
  { property: "traceId", name: "trace_id", type: "text" },
  { property: "before", name: "before", type: "jsonb" },
  { property: "after", name: "after", type: "jsonb" },
] as const satisfies readonly Column<keyof FeedRow>[];

/** The values of a row in the order of `feedColumns`. */
export function feedValuesOf(row: FeedRow): unknown[] {
  return feedColumns.map(({ property }) => row[property]);
}

/** The row of a change of a task that has its place. */
export function feedRow(
  { task, change, series }: { task: Task; change: Change; series?: SeriesImage },
  doer: Doer,
): FeedRow {
  return {
    userSeq: task.userSeq,
    type: eventType(change),
    taskId: task.id,
    changedFields: changedFields(change),
    version: change.version,
    ...doer,
    before: imageOf(series === undefined ? change.before : { ...change.before, series }),
    after: imageOf(change.after),
  };
}
