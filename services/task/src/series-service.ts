import type { ServiceImpl } from "@connectrpc/connect";
import type { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { advanceSeries } from "./rpc/advance-series.ts";
import { clearRecurrence } from "./rpc/clear-recurrence.ts";
import { getSeries } from "./rpc/get-series.ts";
import { listSeries } from "./rpc/list-series.ts";
import type { SeriesServiceDeps } from "./rpc/series-deps.ts";
import { setRecurrence } from "./rpc/set-recurrence.ts";
import { skipOccurrence } from "./rpc/skip-occurrence.ts";

/** The methods of SeriesService, one file each. */
export function createSeriesService(deps: SeriesServiceDeps): ServiceImpl<typeof SeriesService> {
  return {
    setRecurrence: setRecurrence(deps),
    clearRecurrence: clearRecurrence(deps),
    skipOccurrence: skipOccurrence(deps),
    getSeries: getSeries(deps),
    listSeries: listSeries(deps),
    advanceSeries: advanceSeries(deps),
  };
}
