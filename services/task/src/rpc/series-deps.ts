import type { DescMethod } from "@bufbuild/protobuf";
import { type DomainError, ErrorReason } from "@todo/kit/errors";
import type { Principal } from "@todo/kit/principal";
import type { Database } from "#src/database.ts";
import type { Series } from "#src/domain/series.ts";
import { seriesNotFound, seriesQuotaExceeded } from "#src/errors.ts";
import { countActiveSeries, readSeries } from "#src/queries/series.ts";
import type { Rules } from "#src/rules.ts";
import { noteMiss, type TaskServiceDeps } from "./deps.ts";

/** What the methods of SeriesService work with. */
export interface SeriesServiceDeps extends TaskServiceDeps {
  rules: Rules;
  /** How many series of a user may go on at a time. */
  seriesQuota: number;
  /** The version of the time zones that this process has. */
  tzdata: string;
}

/** A series of the user. Throws SERIES_NOT_FOUND. */
export async function requireSeries(
  deps: Pick<TaskServiceDeps, "refusals">,
  method: DescMethod,
  { database, principal, id }: { database: Database; principal: Principal; id: string },
): Promise<Series> {
  const [series] = await readSeries(database, principal.userId, [id.toLowerCase()]);
  if (series !== undefined) return series;
  throw missingSeries(deps, method, { principal, id });
}

/** Throws SERIES_QUOTA_EXCEEDED if no more series of the user may go on. What is taken back needs no room. */
export async function requireSeriesRoom(
  { seriesQuota }: Pick<SeriesServiceDeps, "seriesQuota">,
  { database, principal }: { database: Database; principal: Principal },
): Promise<void> {
  const count = await countActiveSeries(database, principal.userId, seriesQuota);
  if (count >= seriesQuota) throw seriesQuotaExceeded(seriesQuota);
}

/** Says that the user has no such series, and notes it. */
export function missingSeries(
  deps: Pick<TaskServiceDeps, "refusals">,
  method: DescMethod,
  { principal, id }: { principal: Principal; id: string },
): DomainError {
  noteMiss(deps, method, { principal, taskId: id, reason: ErrorReason.SERIES_NOT_FOUND, of: "series" });
  return seriesNotFound(id);
}
