import type { DescMethod } from "@bufbuild/protobuf";
import { type DomainError, ErrorReason } from "@todo/kit/errors";
import type { Principal } from "@todo/kit/principal";
import type { Database } from "#src/database.ts";
import { taskNotFound } from "#src/errors.ts";
import type { Refusals } from "#src/refusals.ts";
import type { TagQuota } from "#src/tag-quota.ts";
import type { Writer } from "#src/write.ts";

/** What the methods of TaskService work with. */
export interface TaskServiceDeps {
  /** For reads: it gives a statement up when the signal of the call fires. */
  databaseFor(signal: AbortSignal): Database;
  write: Writer;
  refusals: Refusals;
  tags: TagQuota;
  now: () => Date;
}

/** Notes that a call named a task that its user does not have. */
export function noteMiss(
  { refusals }: Pick<TaskServiceDeps, "refusals">,
  method: DescMethod,
  miss: { principal: Principal; taskId: string; reason: ErrorReason; of?: "series" },
): void {
  refusals.missed({ ...miss, method });
}

/** Says that the user has no such task, and notes it. */
export function missingTask(
  deps: Pick<TaskServiceDeps, "refusals">,
  method: DescMethod,
  miss: { principal: Principal; taskId: string },
): DomainError {
  noteMiss(deps, method, { ...miss, reason: ErrorReason.TASK_NOT_FOUND });
  return taskNotFound(miss.taskId);
}
