import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { type Change, TaskService } from "@todo/proto/todo/task/v1/task_service";
import { createRequest } from "#src/create/request.ts";
import type { Ask } from "./gateway-calls.ts";
import { type Looking, until } from "./until.ts";

/** A completion, and the next task that followed it. Times are milliseconds since 1970. */
export interface Completion {
  userId: string;
  /** The task that was completed. */
  taskId: string;
  nextId: string;
  /** When it was to be completed, whether or not the one before was seen by then. */
  dueMs: number;
  /** When the first answer came that showed the next task. */
  seenMs: number;
  /** How many calls it took to see it. */
  looks: number;
}

/** Completes the open occurrence of a series and waits until its user sees the next one. Each waits for the one before. */
export type RepeatingTask = () => Promise<Completion>;

/** Makes a task that repeats three times a week. */
export async function startRepeating(ask: Ask, userId: string, looking: Looking): Promise<RepeatingTask> {
  const { task } = await ask(TaskService.method.createTask, createRequest());
  let taskId = task?.id ?? "";
  const recurrence = { rrule: "FREQ=WEEKLY;BYDAY=MO,WE,FR", tzid: "Europe/Berlin" };
  await ask(SeriesService.method.setRecurrence, { taskId, recurrence });
  const complete = async (dueMs: number): Promise<Completion> => {
    const { userSeq } = await ask(TaskService.method.completeTask, { id: taskId });
    const { found, looks } = await until(nextBehind(ask, userSeq), looking);
    const completion = { userId, taskId, nextId: found, dueMs, seenMs: Date.now(), looks };
    taskId = found;
    return completion;
  };
  let turn: Promise<unknown> = Promise.resolve();
  return () => {
    const dueMs = Date.now();
    const mine = turn.then(() => complete(dueMs));
    turn = mine.catch(() => undefined);
    return mine;
  };
}

/** Looks for a task among what changed since, and goes on behind that at the next look. */
function nextBehind(ask: Ask, since: bigint): () => Promise<string | undefined> {
  let cursor = since;
  return async () => {
    const { changes, nextCursor } = await ask(TaskService.method.listChanges, { cursor });
    cursor = nextCursor;
    return createdIn(changes);
  };
}

/** The task that was made, if one was. */
export function createdIn(changes: readonly Pick<Change, "type" | "taskId">[]): string | undefined {
  return changes.find(({ type }) => type === "todo.task.v1.TaskCreated")?.taskId;
}
