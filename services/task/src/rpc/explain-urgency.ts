import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { principalOf } from "@todo/kit/principal";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { urgencyOf } from "#src/domain/urgency.ts";
import { load } from "#src/queries/load.ts";
import { missingTask, type TaskServiceDeps } from "./deps.ts";

const method = TaskService.method.explainUrgency;

export function explainUrgency(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["explainUrgency"] {
  return async (request, context) => {
    const principal = principalOf(context);
    const ids = request.ids.map((id) => id.toLowerCase());
    const { tasks } = await load(deps.databaseFor(context.signal), principal.userId, undefined, ids);
    const now = deps.now();
    const urgencies = ids.map((taskId) => {
      const task = tasks.get(taskId);
      if (task !== undefined) return { taskId, ...urgencyOf(task, { now, zone: principal.zone }) };
      throw missingTask(deps, method, { principal, taskId });
    });
    const ordered = urgencies.sort((a, b) => b.score - a.score || (a.taskId < b.taskId ? -1 : 1));
    return {
      urgencies: ordered.map(({ terms, ...rest }) => ({ ...rest, terms: [...terms] })),
      time: timestampFromDate(now),
    };
  };
}
