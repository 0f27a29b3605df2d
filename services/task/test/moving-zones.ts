import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Series } from "@todo/proto/todo/task/v1/series";
import { parseWall } from "@todo/rrule/calendar/wall";
import { zoneOf } from "@todo/rrule/zone/zone";
import { required } from "./fixture.ts";
import { testZones } from "./recurrence.ts";
import type { AdvanceRequest } from "./series-fixture.ts";

const hourMs = 60 * 60 * 1_000;

/** Versions of time zones, each of which has all clocks an hour further than the one before. */
export const movingZones = [testZones, "2026b", "2026c"];

/** What the recurrence service would ask for with one of these. */
export function againOf(series: Series, tzdata: string): AdvanceRequest {
  const dueTime = timestampFromDate(dueBy(series, tzdata));
  const about = { seriesId: series.id, seriesVersion: series.version, follows: series.recurrenceId };
  return { ...about, outcome: { case: "again", value: { dueTime } }, tzdata };
}

/** When the latest occurrence of a series falls due by one of these. Those of no known version count as the oldest. */
export function dueBy({ recurrence, recurrenceId }: Series, tzdata: string): Date {
  const wall = required(parseWall(recurrenceId));
  const { instant } = zoneOf(required(recurrence).tzid).instantOf(wall);
  const further = Math.max(0, movingZones.indexOf(tzdata));
  return new Date(instant * 1_000 - further * hourMs);
}
