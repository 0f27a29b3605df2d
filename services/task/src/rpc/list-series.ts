import type { ServiceImpl } from "@connectrpc/connect";
import { pageToken, readPageToken } from "@todo/kit/page";
import { principalOf } from "@todo/kit/principal";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { pageTokenInvalid } from "#src/errors.ts";
import { isId } from "#src/queries/list-order.ts";
import { listSeries as readPage } from "#src/queries/list-series.ts";
import { seriesMessage } from "#src/series/messages.ts";
import type { SeriesServiceDeps } from "./series-deps.ts";

const method = SeriesService.method.listSeries;
const defaultPageSize = 50;

export function listSeries(deps: SeriesServiceDeps): ServiceImpl<typeof SeriesService>["listSeries"] {
  return async (request, context) => {
    const { userId } = principalOf(context);
    const states = request.states.toSorted();
    const binding = [method.name, userId, states.join(",")];
    const after = request.pageToken === "" ? undefined : positionOf(request.pageToken, binding);
    const size = request.pageSize === 0 ? defaultPageSize : request.pageSize;
    const database = deps.databaseFor(context.signal);
    const found = await readPage(database, userId, { states, after, limit: size + 1 });
    const series = found.slice(0, size);
    const last = found.length > size ? series.at(-1) : undefined;
    const nextPageToken = last === undefined ? "" : pageToken(binding, [last.id]);
    return { series: series.map(seriesMessage), nextPageToken };
  };
}

function positionOf(token: string, binding: readonly string[]): string {
  const [id, ...rest] = readPageToken(token, binding);
  if (typeof id !== "string" || !isId(id) || rest.length > 0) throw pageTokenInvalid();
  return id;
}
