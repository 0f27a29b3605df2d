import type { ServiceImpl } from "@connectrpc/connect";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { changeTask } from "./change-task.ts";
import type { TaskServiceDeps } from "./deps.ts";

export function completeTask(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["completeTask"] {
  return changeTask(
    deps,
    TaskService.method.completeTask,
    (task, _, { seenVersion, now }) => task.complete(seenVersion, now),
    { followingOf: ({ ignoreBlockers }) => (ignoreBlockers ? "unhindered" : "all") },
  );
}
