import type { ServiceImpl } from "@connectrpc/connect";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { deletedIn, isWide } from "#src/series/scope.ts";
import { changeTask } from "./change-task.ts";
import type { TaskServiceDeps } from "./deps.ts";

export function deleteTask(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["deleteTask"] {
  return changeTask(
    deps,
    TaskService.method.deleteTask,
    (task, _, { seenVersion, now }) => task.delete(seenVersion, now),
    { widen: async ({ scope }, o) => (isWide(scope) ? deletedIn(scope, o) : undefined) },
  );
}
