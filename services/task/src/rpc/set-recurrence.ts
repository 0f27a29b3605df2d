import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { principalOf } from "@todo/kit/principal";
import { uuidV7 } from "@todo/kit/uuid";
import { SeriesService, type SetRecurrenceRequest } from "@todo/proto/todo/task/v1/series_service";
import { SeriesState } from "#src/domain/series.ts";
import { Task } from "#src/domain/task.ts";
import { taskDeleted, taskNotOpen } from "#src/errors.ts";
import { versionOf } from "#src/etag.ts";
import type { Changed, Decision } from "#src/outcome.ts";
import { getTask } from "#src/queries/get-task.ts";
import { ruled } from "#src/rule-outcome.ts";
import { placeCleared } from "#src/series/meet.ts";
import { seriesMessage } from "#src/series/messages.ts";
import { type Made, remadeSeries, startedSeries } from "#src/series/settings.ts";
import { placeBehindStart, ruleAsked, type Start, startOf } from "#src/series/start.ts";
import { changeOccurrence } from "./change-occurrence.ts";
import { missingTask } from "./deps.ts";
import { requireSeries, requireSeriesRoom, type SeriesServiceDeps } from "./series-deps.ts";

const method = SeriesService.method.setRecurrence;

/** The rule is checked before the user's turn, so that nobody waits for the other service. */
export function setRecurrence(deps: SeriesServiceDeps): ServiceImpl<typeof SeriesService>["setRecurrence"] {
  return async (request, context) => {
    const start = await startFor(deps, request, context);
    return changeOccurrence(deps, method, async (task, _, { principal, now, database }) => {
      if (task.deleteTime !== null) throw taskDeleted(task.id);
      if (!task.isOpen) throw taskNotOpen(task.id);
      const seenVersion = versionOf(request.etag, task.id);
      const made = await ruled(task, async () => {
        const id = task.seriesId;
        const series =
          id === null ? undefined : await requireSeries(deps, method, { database, principal, id });
        if (series?.state !== SeriesState.active) await requireSeriesRoom(deps, { database, principal });
        if (series === undefined) return startedSeries(task, start, { id: uuidV7(now), seenVersion, now });
        return remadeSeries(task, series, { start, seenVersion, now });
      });
      return decisionOf(made, await placeCleared(database, made, now));
    })(request, context);
  };
}

async function startFor(
  deps: SeriesServiceDeps,
  request: SetRecurrenceRequest,
  context: HandlerContext,
): Promise<Start> {
  const [principal, { signal }, { recurrence, taskId }] = [principalOf(context), context, request];
  if (recurrence === undefined) throw new Error("the contract lets no request without a rule pass");
  const fields = await getTask(deps.databaseFor(signal), principal.userId, taskId);
  if (fields === undefined) throw missingTask(deps, method, { principal, taskId });
  const task = new Task(fields);
  const [{ due }, { tzdata }] = [task, deps];
  const asked = ruleAsked(recurrence, { due, zone: principal.zone, now: deps.now() });
  const behind = placeBehindStart(asked, task);
  const known = await deps.rules.check(asked, { principal, signal, behind });
  return startOf(known, { asked, recurrence, due, tzdata, behind });
}

function decisionOf(
  { task, series, change, image }: Made,
  cleared: readonly Changed[],
): Decision<typeof method.output> {
  const changed = change && { task, change, ...(image === undefined ? {} : { series: image }) };
  return {
    changes: changed === undefined ? [] : [...cleared, changed],
    series: image === undefined ? [] : [{ series, kind: "changed", at: task }],
    answer: ({ message, ...rest }) => ({ task: message(task), series: seriesMessage(series), ...rest }),
  };
}
