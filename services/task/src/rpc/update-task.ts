import type { ServiceImpl } from "@connectrpc/connect";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { changesOf } from "#src/mapping.ts";
import { requireValid } from "#src/rule-outcome.ts";
import { isWide, requireForAll, updatedIn } from "#src/series/scope.ts";
import { changeTask } from "./change-task.ts";
import type { TaskServiceDeps } from "./deps.ts";
import { requireDependencies } from "./require-dependencies.ts";
import { requireParent } from "./require-parent.ts";

export function updateTask(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["updateTask"] {
  const method = TaskService.method.updateTask;
  const update = changeTask(
    deps,
    method,
    async (task, request, { principal, seenVersion, now, database }) => {
      const before = task.subtaskOf;
      const added = (changesOf(request).tags ?? []).filter((tag) => !task.tags.includes(tag));
      await deps.tags.require(database, principal.userId, added);
      const known = new Set(task.dependsOn);
      const change = task.update(changesOf(request), seenVersion, now);
      const { id: child, subtaskOf } = task;
      const dependencies = task.dependsOn.filter((id) => !known.has(id));
      if (subtaskOf !== null && subtaskOf !== before) {
        await requireParent(deps, { method, principal, database, subtaskOf, child });
      }
      await requireDependencies(deps, { method, principal, database, dependencies, waiting: child });
      return change;
    },
    {
      widen: async (request, o) =>
        isWide(request.scope) ? updatedIn(request.scope, { ...o, content: changesOf(request) }) : undefined,
    },
  );
  return (request, context) => {
    requireValid(changesOf(request));
    if (isWide(request.scope)) requireForAll(changesOf(request));
    return update(request, context);
  };
}
