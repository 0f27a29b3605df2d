import type { ServiceImpl } from "@connectrpc/connect";
import { principalOf } from "@todo/kit/principal";
import type { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { isPredefined, predefinedTags } from "#src/domain/tags.ts";
import { listTags as readTags } from "#src/queries/list-tags.ts";
import type { TaskServiceDeps } from "./deps.ts";

/** As many as the contract lets an answer hold. */
const maxTags = 1_000;

export function listTags(deps: TaskServiceDeps): ServiceImpl<typeof TaskService>["listTags"] {
  return async (_, context) => {
    const { newest, tags } = await readTags(deps.databaseFor(context.signal), principalOf(context).userId);
    const counts = new Map(tags.map(({ name, count }) => [name, count]));
    const predefined = predefinedTags.map((name) => ({
      name,
      taskCount: counts.get(name) ?? 0,
      predefined: true,
    }));
    const own = tags
      .filter(({ name }) => !isPredefined(name))
      .map(({ name, count: taskCount }) => ({ name, taskCount, predefined: false }));
    return { tags: [...predefined, ...own].slice(0, maxTags), userSeq: newest };
  };
}
