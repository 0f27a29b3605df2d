import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PreviewOccurrencesResponseSchema } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { Recurrence_Anchor } from "@todo/proto/todo/task/v1/series";
import { endOfTime, formatWall, parseWall } from "@todo/rrule/calendar/wall";
import { RuleFault } from "@todo/rrule/fault";
import { openSeries, type WrittenSeries } from "@todo/rrule/open";
import type { Zone } from "@todo/rrule/zone/zone";
import type { SeriesPlan } from "./plan.ts";
import { toOccurrence } from "./preview.ts";
import { type Numbered, timelineOf } from "./timeline.ts";

const firstInstant = parseWall("1900-01-02") ?? 0;

/**
 * The next occurrences of a series that starts anew on the day on which one is done, each as if done on its own
 * day. COUNT counts the one that was done last as the first.
 *
 * @throws RuleFault
 */
export function previewAnew(
  written: WrittenSeries,
  { after, limit }: { after: number | undefined; limit: number },
): MessageInitShape<typeof PreviewOccurrencesResponseSchema> {
  const { rdates = [] } = written;
  if (rdates.length > 0) {
    const place = { part: "RDATE", start: 0, end: rdates[0]?.length ?? 0 };
    throw new RuleFault("parts_conflict", "RDATE: has no place in a series that starts anew", place);
  }
  const found: Numbered[] = [];
  for (const one of anew(written, after)) {
    if (found.push(one) > limit) break;
  }
  return {
    occurrences: found.slice(0, limit).map(toOccurrence),
    exhausted: found.length <= limit,
    anchor: Recurrence_Anchor.COMPLETION,
  };
}

function* anew(written: WrittenSeries, after: number | undefined): Generator<Numbered, void, undefined> {
  const { exdates = [], ...rule } = written;
  const series = openSeries(written);
  const excluded = exdates.map((text) => onTheWall(text, series.zone));
  const first = series.occurrences().next().value;
  if (after === undefined && first !== undefined) yield { ...first, number: 1 };
  const done = after ?? first?.instant;
  if (done === undefined || series.zone.wallOf(done) > endOfTime) return;
  if (done < firstInstant) {
    const place = { part: "AFTER", start: 0, end: 0 };
    throw new RuleFault("local_time_invalid", "AFTER: nothing was done before the year 1900", place);
  }
  const policies = { anchor: "completion", trigger: "completion", missed: "one", allDay: false } as const;
  let last = { instant: done, wall: series.zone.wallOf(done), number: 1 };
  for (;;) {
    const { number } = last;
    const plan: SeriesPlan = { ...rule, ...policies, excluded, recurrenceId: formatWall(last.wall), number };
    const end = { how: "completed", time: new Date(last.instant * 1_000) } as const;
    const next = timelineOf(plan, end).occurrences().next().value;
    if (next === undefined) return;
    yield next;
    last = next;
  }
}

function onTheWall(exdate: string, zone: Zone): string {
  if (!exdate.endsWith("Z")) return exdate;
  return formatWall(zone.wallOf(parseWall(exdate.slice(0, -1)) ?? 0));
}
