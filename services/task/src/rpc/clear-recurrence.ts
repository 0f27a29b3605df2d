import type { ServiceImpl } from "@connectrpc/connect";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { taskDeleted, taskNotRecurring } from "#src/errors.ts";
import { endedSeries } from "#src/series/end.ts";
import { changeOccurrence } from "./change-occurrence.ts";
import { taskAnswer } from "./change-task.ts";
import { requireSeries, type SeriesServiceDeps } from "./series-deps.ts";

export function clearRecurrence(
  deps: SeriesServiceDeps,
): ServiceImpl<typeof SeriesService>["clearRecurrence"] {
  const method = SeriesService.method.clearRecurrence;
  return changeOccurrence(deps, method, async (task, _, { principal, now, database }) => {
    if (task.deleteTime !== null) throw taskDeleted(task.id);
    if (task.seriesId === null) throw taskNotRecurring(task.id);
    const series = await requireSeries(deps, method, { database, principal, id: task.seriesId });
    return { ...(await endedSeries(database, { series, task, now })), answer: taskAnswer(task) };
  });
}
