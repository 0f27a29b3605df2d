import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { principalOf } from "@todo/kit/principal";
import type { Task as TaskMessage } from "@todo/proto/todo/task/v1/task";
import { type ChangeContext, TagRenamedSchema } from "@todo/proto/todo/task/v1/task_event";
import { type RenameTagRequest, TaskService } from "@todo/proto/todo/task/v1/task_service";
import { tagOf } from "#src/domain/tags.ts";
import { stateOf } from "#src/events.ts";
import type { Sweep } from "#src/outcome.ts";
import { type RenamedTemplate, renameInSeries, renameTag as renameInTasks } from "#src/queries/rename-tag.ts";
import { requireValid } from "#src/rule-outcome.ts";
import { recordRetagged } from "#src/tags/record.ts";
import type { TaskServiceDeps } from "./deps.ts";

export function renameTag(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["renameTag"] {
  const method = TaskService.method.renameTag;
  return (request, context) => {
    const principal = principalOf(context);
    const { userId } = principal;
    const { name, newName } = renamingOf(request);
    requireValid({ tags: [newName] });
    return deps.write({
      method,
      request,
      principal,
      signal: context.signal,
      taskIds: [],
      blind: false,
      locked: true,
      async decide({ newest }, { now: time, database, requireOutbox }) {
        await deps.tags.require(database, userId, [newName]);
        const first = newest + 1n;
        const place = { userId, userSeq: first, now: time };
        const count = name === newName ? 0 : await renameInTasks(database, { ...place, name, newName });
        const answer = { taskCount: count };
        if (count === 0) return { changes: [], answer: (o) => ({ ...answer, userSeq: o.userSeq }) };
        requireOutbox(count);
        const templates = await renameInSeries(database, { userId, name, newName });
        // The fact speaks for all tasks; the states of each have to be told one by one.
        const eventsOf = (task: TaskMessage) => [stateOf(task, { userId, time })];
        await recordRetagged(database, { userId, first, count: 1 }, { eventsOf });
        return {
          changes: [],
          sweep: sweepOf({ name, newName }, count, templates),
          answer: ({ userSeq, undoToken }) => ({ ...answer, userSeq, undoToken }),
        };
      },
    });
  };
}

type Renaming = Pick<RenameTagRequest, "name" | "newName">;

function renamingOf({ name, newName }: RenameTagRequest): Renaming {
  return { name: tagOf(name), newName: tagOf(newName) };
}

function sweepOf(
  { name, newName }: Renaming,
  taskCount: number,
  templates: readonly RenamedTemplate[],
): Sweep {
  const row = {
    type: TagRenamedSchema.typeName,
    taskId: null,
    changedFields: ["tags"],
    version: null,
    before: JSON.stringify({ templates }),
    after: JSON.stringify({ name, newName }),
  };
  const fact = (context: ChangeContext) => create(TagRenamedSchema, { context, name, newName, taskCount });
  return { count: 1, whole: { row, fact } };
}
