import type { ServiceImpl } from "@connectrpc/connect";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { batchUpdateTasks } from "./rpc/batch-update-tasks.ts";
import { changeTask } from "./rpc/change-task.ts";
import { completeTask } from "./rpc/complete-task.ts";
import { createTask } from "./rpc/create-task.ts";
import { deleteTask } from "./rpc/delete-task.ts";
import type { TaskServiceDeps } from "./rpc/deps.ts";
import { explainUrgency } from "./rpc/explain-urgency.ts";
import { getTask } from "./rpc/get-task.ts";
import { listChanges } from "./rpc/list-changes.ts";
import { listTags } from "./rpc/list-tags.ts";
import { listTaskHistory } from "./rpc/list-task-history.ts";
import { listTasks } from "./rpc/list-tasks.ts";
import { renameTag } from "./rpc/rename-tag.ts";
import { scanTasks } from "./rpc/scan-tasks.ts";
import { undo } from "./rpc/undo.ts";
import { updateTask } from "./rpc/update-task.ts";

/** The methods of TaskService: one file each, but for those that are one call of the domain. */
export function createTaskService(deps: TaskServiceDeps): ServiceImpl<typeof TaskService> {
  const { reopenTask, restoreTask } = TaskService.method;
  return {
    createTask: createTask(deps),
    getTask: getTask(deps),
    listTasks: listTasks(deps),
    updateTask: updateTask(deps),
    completeTask: completeTask(deps),
    reopenTask: changeTask(deps, reopenTask, (task, _, o) => task.reopen(o.seenVersion, o.now)),
    deleteTask: deleteTask(deps),
    restoreTask: changeTask(deps, restoreTask, (task, _, o) => task.restore(o.seenVersion, o.now)),
    batchUpdateTasks: batchUpdateTasks(deps),
    listTags: listTags(deps),
    renameTag: renameTag(deps),
    undo: undo(deps),
    explainUrgency: explainUrgency(deps),
    listChanges: listChanges(deps),
    listTaskHistory: listTaskHistory(deps),
    scanTasks: scanTasks(deps),
  };
}
