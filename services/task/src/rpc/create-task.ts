import type { ServiceImpl } from "@connectrpc/connect";
import { principalOf } from "@todo/kit/principal";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { created, Task } from "#src/domain/task.ts";
import { contentOf } from "#src/mapping.ts";
import { requireValid } from "#src/rule-outcome.ts";
import { newTaskId } from "#src/task-id.ts";
import { taskAnswer } from "./change-task.ts";
import type { TaskServiceDeps } from "./deps.ts";
import { requireDependencies } from "./require-dependencies.ts";
import { requireParent } from "./require-parent.ts";

export function createTask(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["createTask"] {
  const method = TaskService.method.createTask;
  return (request, context) => {
    const principal = principalOf(context);
    const content = contentOf(request);
    const { subtaskOf, dependsOn: dependencies } = content;
    requireValid(content);
    return deps.write({
      method,
      request,
      principal,
      signal: context.signal,
      taskIds: [],
      blind: subtaskOf === null && dependencies.length === 0,
      async decide(_, { now, database }) {
        await deps.tags.require(database, principal.userId, content.tags);
        const task = Task.create(newTaskId(now), principal.userId, content, now);
        if (subtaskOf !== null)
          await requireParent(deps, { method, principal, database, subtaskOf, child: undefined });
        await requireDependencies(deps, { method, principal, database, dependencies, waiting: undefined });
        return { changes: [{ task, change: created }], answer: taskAnswer(task) };
      },
    });
  };
}
