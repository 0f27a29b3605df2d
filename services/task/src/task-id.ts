import { uuidV7 } from "@todo/kit/uuid";

/** Ids of tasks sort by the time at which they were made. */
export function newTaskId(now: Date): string {
  return uuidV7(now);
}
