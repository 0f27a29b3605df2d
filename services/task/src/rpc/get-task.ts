import type { ServiceImpl } from "@connectrpc/connect";
import { principalOf } from "@todo/kit/principal";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { taskMessage } from "#src/mapping.ts";
import { getTask as readTask } from "#src/queries/get-task.ts";
import { missingTask, type TaskServiceDeps } from "./deps.ts";

export function getTask(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["getTask"] {
  return async ({ id }, context) => {
    const principal = principalOf(context);
    const task = await readTask(deps.databaseFor(context.signal), principal.userId, id);
    if (task !== undefined) return { task: taskMessage(task) };
    throw missingTask(deps, TaskService.method.getTask, { principal, taskId: id });
  };
}
