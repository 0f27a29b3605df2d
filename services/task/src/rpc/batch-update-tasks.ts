import type { ServiceImpl } from "@connectrpc/connect";
import { DomainError } from "@todo/kit/errors";
import { type Principal, principalOf } from "@todo/kit/principal";
import {
  type BatchUpdateTasksRequest,
  BatchUpdateTasksRequest_Mode as Mode,
  TaskService,
  BatchUpdateTasksRequest_Transition as Transition,
} from "@todo/proto/todo/task/v1/task_service";
import { batchAction } from "#src/batch/action.ts";
import { batchAnswer, type Item } from "#src/batch/answer.ts";
import { hindered } from "#src/batch/hindered.ts";
import { type Meant, matching, namedTargets, requireMeant } from "#src/batch/select.ts";
import type { Database } from "#src/database.ts";
import { tagsOf } from "#src/domain/tags.ts";
import type { Change, Task } from "#src/domain/task.ts";
import { versionOf } from "#src/etag.ts";
import { ruled } from "#src/rule-outcome.ts";
import type { Circumstances } from "#src/write.ts";
import { missingTask, type TaskServiceDeps } from "./deps.ts";

const method = TaskService.method.batchUpdateTasks;

export function batchUpdateTasks(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["batchUpdateTasks"] {
  return (request, context) => {
    const principal = principalOf(context);
    requireMeant(request);
    const act = batchAction(request.action);
    const named = namedTargets(request);
    return deps.write({
      method,
      request,
      principal,
      signal: context.signal,
      taskIds: named.map(({ id }) => id),
      blind: false,
      async decide({ tasks }, { now, database }: Circumstances) {
        if (request.action.case === "tags")
          await deps.tags.require(database, principal.userId, tagsOf(request.action.value.add));
        const { meant, selected } =
          request.selection.case === "filter"
            ? await matching(database, principal.userId, request)
            : {
                meant: named.map(({ id, etag }) => ({ id, etag, task: tasks.get(id) })),
                selected: { count: named.length, isMinimum: false },
              };
        const blocked = await blockedOf(database, principal.userId, { request, meant });
        const change = (task: Task, etag: string) => {
          const refusal = blocked.get(task.id);
          if (refusal !== undefined) throw refusal;
          return act(task, versionOf(etag, task.id), now);
        };
        const items: Item[] = [];
        for (const each of meant) items.push(await itemOf(deps, { each, principal, request, change }));
        const changes = items.flatMap(({ task, change: made }) =>
          task && made ? [{ task, change: made }] : [],
        );
        const answer = batchAnswer(items, selected);
        return { changes, dryRun: request.dryRun ?? false, isExpensive: true, answer };
      },
    });
  };
}

/** Why tasks cannot be completed; nothing if that is not what is asked. */
async function blockedOf(
  database: Database,
  userId: string,
  { request: { action }, meant }: { request: BatchUpdateTasksRequest; meant: readonly Meant[] },
): Promise<ReadonlyMap<string, DomainError>> {
  if (action.case !== "transition" || action.value !== Transition.COMPLETE) return new Map();
  const tasks = meant.flatMap(({ task }) => (task === undefined ? [] : [task]));
  return hindered(database, userId, tasks);
}

async function itemOf(
  deps: TaskServiceDeps,
  o: {
    each: Meant;
    principal: Principal;
    request: BatchUpdateTasksRequest;
    change(task: Task, etag: string): Change | undefined;
  },
): Promise<Item> {
  const { id, task, etag } = o.each;
  try {
    if (task === undefined) throw missingTask(deps, method, { principal: o.principal, taskId: id });
    return { id, task, change: await ruled(task, () => o.change(task, etag)) };
  } catch (error) {
    if (o.request.mode !== Mode.PER_ITEM || !(error instanceof DomainError)) throw error;
    return { id, failure: error };
  }
}
