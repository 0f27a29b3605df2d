import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  Occurrence_Adjustment,
  OccurrenceSchema,
  SkippedOccurrence_Reason,
  type SkippedOccurrenceSchema,
} from "@todo/proto/todo/recurrence/v1/occurrence";
import type { PreviewOccurrencesResponseSchema } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { Recurrence_Anchor } from "@todo/proto/todo/task/v1/series";
import { formatWall } from "@todo/rrule/calendar/wall";
import type { Occurrence, SkipReason, Step } from "@todo/rrule/expand/occurrence";
import type { OpenSeries } from "@todo/rrule/open";

/** How many left out times are told at most. */
const mostSkipped = 1000;

const skipReasons: Readonly<Record<SkipReason, SkippedOccurrence_Reason>> = {
  excluded: SkippedOccurrence_Reason.EXCLUDED,
  same_instant: SkippedOccurrence_Reason.SAME_INSTANT,
};

/** The next occurrences of a series, and what was left out on the way to them. */
export function preview(
  series: OpenSeries,
  { after, limit }: { after: number | undefined; limit: number },
): MessageInitShape<typeof PreviewOccurrencesResponseSchema> {
  const occurrences: Step[] = [];
  const skipped: Step[] = [];
  let exhausted = true;
  for (const step of series.steps(after)) {
    if (step.skipped !== undefined) skipped.push(step);
    else if (occurrences.length < limit) occurrences.push(step);
    else {
      exhausted = false;
      break;
    }
  }
  const last = exhausted ? undefined : occurrences.at(-1);
  const told = last === undefined ? skipped : skipped.filter(({ instant }) => instant < last.instant);
  const missing = missingOnTheWay(series, { after, last: occurrences.at(-1) });
  return {
    occurrences: occurrences.map(toOccurrence),
    skipped: [...told.map(toSkipped), ...missing].sort(byLocalTime).slice(0, mostSkipped),
    exhausted,
    anchor: Recurrence_Anchor.SCHEDULE,
  };
}

function missingOnTheWay(series: OpenSeries, o: { after: number | undefined; last: Step | undefined }) {
  if (o.last === undefined) return [];
  const from = o.after === undefined ? series.start : series.zone.wallOf(o.after);
  return series
    .missing(from, o.last.wall, mostSkipped)
    .map((localTime) => ({ localTime, reason: SkippedOccurrence_Reason.DAY_MISSING }));
}

/** An occurrence as a preview tells it. */
export function toOccurrence(occurrence: Omit<Occurrence, "added"> & { added?: boolean }) {
  return create(OccurrenceSchema, {
    time: timestampFromMs(occurrence.instant * 1000),
    localTime: formatWall(occurrence.wall),
    adjustment: adjustmentOf(occurrence),
  });
}

function adjustmentOf({
  added,
  reading,
}: Pick<Occurrence, "reading"> & { added?: boolean }): Occurrence_Adjustment {
  if (added) return Occurrence_Adjustment.ADDED;
  if (reading === "gap") return Occurrence_Adjustment.SHIFTED_BY_GAP;
  return reading === "overlap" ? Occurrence_Adjustment.FIRST_OF_TWO : Occurrence_Adjustment.UNSPECIFIED;
}

type Skipped = MessageInitShape<typeof SkippedOccurrenceSchema> & { localTime: string };

function toSkipped({ wall, skipped }: Step): Skipped {
  const reason = skipped === undefined ? SkippedOccurrence_Reason.UNSPECIFIED : skipReasons[skipped];
  return { localTime: formatWall(wall), reason };
}

function byLocalTime(a: { localTime: string }, b: { localTime: string }): number {
  return a.localTime < b.localTime ? -1 : 1;
}
