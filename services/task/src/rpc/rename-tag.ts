import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { outboxRows } from "@todo/kit/outbox";
import { type Principal, principalOf } from "@todo/kit/principal";
import { TagRenamedSchema } from "@todo/proto/todo/task/v1/task_event";
import { type RenameTagRequest, TaskService } from "@todo/proto/todo/task/v1/task_service";
import type { Database } from "#src/database.ts";
import { stateOf } from "#src/events.ts";
import { taskMessage } from "#src/mapping.ts";
import type { Sweep } from "#src/outcome.ts";
import {
  type Renamed,
  type RenamedTemplate,
  renameInSeries,
  renameTag as renameInTasks,
} from "#src/queries/rename-tag.ts";
import { requireValid } from "#src/rule-outcome.ts";
import { recordRows } from "#src/save.ts";
import { maxChanges } from "#src/undo-token.ts";
import type { TaskServiceDeps } from "./deps.ts";

/** How many states are recorded at a time. */
const chunk = 200;

export function renameTag(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["renameTag"] {
  const method = TaskService.method.renameTag;
  return (request, context) => {
    const principal = principalOf(context);
    const { userId } = principal;
    const { name, newName } = request;
    requireValid({ tags: [newName] });
    return deps.write({
      method,
      request,
      principal,
      signal: context.signal,
      taskIds: [],
      blind: false,
      locked: true,
      async decide({ newest }, { now, database }) {
        await deps.tags.require(database, userId, [newName]);
        const place = { userId, userSeq: newest + 1n, now };
        const renamed = name === newName ? [] : await renameInTasks(database, { ...place, name, newName });
        const series = name === newName ? [] : await renameInSeries(database, { userId, name, newName });
        await recordStates(database, renamed, { principal, now });
        return {
          changes: [],
          ...(renamed.length === 0 ? {} : { sweep: sweepOf(request, renamed, series) }),
          answer: ({ userSeq, undoToken }) => ({ taskCount: renamed.length, userSeq, undoToken }),
        };
      },
    });
  };
}

/** The fact speaks for all tasks; the states of each have to be told one by one. */
async function recordStates(
  database: Database,
  renamed: readonly Renamed[],
  { principal, now: time }: { principal: Principal; now: Date },
): Promise<void> {
  for (let from = 0; from < renamed.length; from += chunk) {
    const tasks = renamed.slice(from, from + chunk).map(({ task }) => taskMessage(task));
    const states = tasks.map((task) => stateOf(task, { userId: principal.userId, time }));
    await recordRows(database, outboxRows("task", states));
  }
}

function sweepOf(
  { name, newName }: RenameTagRequest,
  renamed: readonly Renamed[],
  series: readonly RenamedTemplate[],
): Sweep {
  const taskCount = renamed.length;
  const undoable = taskCount <= maxChanges;
  const before = renamed.map(({ before: tags, task }) => [task.id, { tags, version: task.version }] as const);
  return {
    undoable,
    row: {
      type: TagRenamedSchema.typeName,
      taskId: null,
      changedFields: ["tags"],
      version: null,
      before: JSON.stringify(undoable ? { ...Object.fromEntries(before), series } : {}),
      after: JSON.stringify({ name, newName }),
    },
    fact: (context) => create(TagRenamedSchema, { context, name, newName, taskCount }),
  };
}
