import type { ServiceImpl } from "@connectrpc/connect";
import { pageToken, readPageToken } from "@todo/kit/page";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { pageTokenInvalid } from "#src/errors.ts";
import { taskMessage } from "#src/mapping.ts";
import { isId } from "#src/queries/list-order.ts";
import { scanTasks as readTasks } from "#src/queries/scan-tasks.ts";
import type { TaskServiceDeps } from "./deps.ts";

const defaultPageSize = 100;
const binding = [TaskService.method.scanTasks.name];

export function scanTasks(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["scanTasks"] {
  return async (request, context) => {
    const size = request.pageSize === 0 ? defaultPageSize : request.pageSize;
    const found = await readTasks(deps.databaseFor(context.signal), positionOf(request.pageToken), size + 1);
    const tasks = found.slice(0, size);
    const last = found.length > size ? tasks.at(-1) : undefined;
    return {
      tasks: tasks.map((task) => ({ userId: task.userId, task: taskMessage(task) })),
      nextPageToken: last === undefined ? "" : pageToken(binding, [last.id]),
    };
  };
}

function positionOf(token: string): string | null {
  if (token === "") return null;
  const [id] = readPageToken(token, binding);
  if (typeof id !== "string" || !isId(id)) throw pageTokenInvalid();
  return id;
}
