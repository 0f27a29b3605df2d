import type { ServiceImpl } from "@connectrpc/connect";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { Status } from "#src/domain/task.ts";
import { lineFault } from "#src/domain/text.ts";
import { fieldsInvalid, taskNotOpen, taskNotRecurring } from "#src/errors.ts";
import { readParts } from "#src/queries/parts.ts";
import { ruled } from "#src/rule-outcome.ts";
import { maxChanges } from "#src/undo-token.ts";
import { changeOccurrence } from "./change-occurrence.ts";
import { taskAnswer } from "./change-task.ts";
import type { SeriesServiceDeps } from "./series-deps.ts";

/** The parts that are open are left out with it, but for those that repeat by themselves. */
export function skipOccurrence(deps: SeriesServiceDeps): ServiceImpl<typeof SeriesService>["skipOccurrence"] {
  const method = SeriesService.method.skipOccurrence;
  return changeOccurrence(deps, method, async (task, { reason }, { now, database }) => {
    const fault = reason === "" ? undefined : lineFault(reason);
    if (fault !== undefined) throw fieldsInvalid([{ field: "reason", description: fault }]);
    if (task.seriesId === null || !task.isRecurring) throw taskNotRecurring(task.id);
    if (task.status === Status.completed) throw taskNotOpen(task.id);
    const change = await ruled(task, () => task.skip(now));
    const answer = taskAnswer<typeof method.output>(task);
    if (change === undefined) return { changes: [], answer };
    const { own } = await readParts(database, task.userId, { taskId: task.id, limit: maxChanges });
    const skipped = own.flatMap((part) => {
      const made = part.skip(now);
      return made === undefined ? [] : [{ task: part, change: made }];
    });
    return { changes: [{ task, change, reason }, ...skipped], answer };
  });
}
