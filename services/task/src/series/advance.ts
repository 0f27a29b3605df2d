import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { NextOccurrence } from "@todo/proto/todo/task/v1/series_service";
import type { OccurrenceTask } from "#src/domain/occurrence.ts";
import { Missed, type Series, SeriesState } from "#src/domain/series.ts";

/** What is asked of a series: to go on. */
export interface Advance {
  series: Series;
  /** The occurrence that it goes on from; `undefined`: it is gone for good. */
  former: OccurrenceTask | undefined;
  /** `undefined`: there is none. */
  next: NextOccurrence | undefined;
  /** A task that the next one is, or was. */
  there: OccurrenceTask | undefined;
  /** Of the series, as it was when the next one was computed. */
  version: number;
  follows: string;
  now: Date;
}

/** Whether it happened before, and nothing took it back. */
export function repeated({ series, next, there, follows }: Advance): boolean {
  if (next === undefined) return series.state === SeriesState.exhausted && series.recurrenceId === follows;
  if (there === undefined || series.recurrenceId === follows) return false;
  return there.occurrence.ordinal <= series.ordinal && there.occurrence.follows === follows;
}

/**
 * Whether the next one may be made now: it was computed from what still holds, and it is its turn. That is once the
 * former one is done, or else if it is made by its due date or was missed together with others that are all wanted.
 */
export function mayFollow({ series, former, next, version, follows, now }: Advance): boolean {
  if (!series.stands({ version, follows })) return false;
  if (!former?.isOpen || !series.goesByCompletion) return true;
  const time = next?.dueTime;
  const missed = time !== undefined && timestampDate(time).getTime() <= now.getTime();
  return series.missed === Missed.catchUpAll && missed;
}
