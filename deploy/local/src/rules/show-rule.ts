import { formatInstant, formatWall } from "@todo/rrule/calendar/wall";
import { RuleFault } from "@todo/rrule/fault";
import { type OpenSeries, openSeries } from "@todo/rrule/open";
import { describeRule } from "@todo/rrule/text/describe";
import { zoneNamed } from "@todo/rrule/zone/names";

const shown = 12;

/**
 * A rule and its next occurrences for a person to read: the arguments are the rule, and if wanted its start on the wall
 * and its time zone.
 */
export function showRule(
  [rrule = "", dtstart, zone]: readonly string[],
  around: { now: Date; tzid: string },
): { text: string; understood: boolean } {
  try {
    const tzid = zone === undefined ? around.tzid : zoneNamed(zone);
    const start = dtstart ?? `${around.now.toISOString().slice(0, 10)}T09:00:00`;
    return { text: table(openSeries({ rrule, dtstart: start, tzid })), understood: true };
  } catch (error) {
    if (error instanceof RuleFault) return { text: pointAt(error, rrule), understood: false };
    throw error;
  }
}

function table(series: OpenSeries): string {
  const head = `${describeRule(series.rule, "en")}, from ${formatWall(series.start)} in ${series.zone.tzid}`;
  const lines = [head];
  for (const { instant } of series.occurrences()) {
    if (lines.length > shown) return [...lines, "..."].join("\n");
    lines.push(`${formatWall(series.zone.wallOf(instant))}   ${formatInstant(instant)}`);
  }
  const { count, until } = series.rule;
  const ends = count !== undefined || until !== undefined;
  return [...lines, ...(ends ? [] : ["no more: dates end with the year 9999"])].join("\n");
}

/** The fault, under the place in the rule where it is, if it is there. */
function pointAt({ message, place }: RuleFault, rrule: string): string {
  if (["TZID", "DTSTART"].includes(place.part)) return message;
  const mark = " ".repeat(place.start) + "^".repeat(Math.max(place.end - place.start, 1));
  return [rrule, mark, message].join("\n");
}
