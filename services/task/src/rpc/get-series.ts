import type { ServiceImpl } from "@connectrpc/connect";
import { principalOf } from "@todo/kit/principal";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { seriesMessage } from "#src/series/messages.ts";
import { requireSeries, type SeriesServiceDeps } from "./series-deps.ts";

export function getSeries(deps: SeriesServiceDeps): ServiceImpl<typeof SeriesService>["getSeries"] {
  return async ({ id }, context) => {
    const [principal, database] = [principalOf(context), deps.databaseFor(context.signal)];
    const series = await requireSeries(deps, SeriesService.method.getSeries, { database, principal, id });
    return { series: seriesMessage(series) };
  };
}
