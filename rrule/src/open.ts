import { cycleDays } from "./calendar/civil.ts";
import { daySeconds, endOfTime, parseWall } from "./calendar/wall.ts";
import { type Series, seriesOf } from "./expand/series.ts";
import { RuleFault } from "./fault.ts";
import { partsOf } from "./parse/lexer.ts";
import { parseRule } from "./parse/parse.ts";
import type { Rule } from "./rule.ts";
import { type Zone, zoneOf } from "./zone/zone.ts";

/** A series as it is written down. */
export interface WrittenSeries {
  /** The value of an RRULE. */
  readonly rrule: string;
  /** The start on the wall of `tzid`, such as `2026-03-29T09:00:00`. */
  readonly dtstart: string;
  /** A name of the IANA database. */
  readonly tzid: string;
  /** Times that are no occurrences: on the wall, or instants with a `Z`. */
  readonly exdates?: readonly string[];
  /** Times that are occurrences besides those of the rule. */
  readonly rdates?: readonly string[];
}

export interface OpenSeries extends Series {
  readonly rule: Rule;
  readonly zone: Zone;
  readonly start: number;
}

const firstYear = parseWall("1900-01-01") ?? 0;

/**
 * Reads a series and proves that its rule fires at least once.
 *
 * @throws RuleFault for everything that is wrong with it.
 */
export function openSeries({ rrule, dtstart, tzid, exdates = [], rdates = [] }: WrittenSeries): OpenSeries {
  const rule = parseRule(rrule);
  const zone = zoneOf(tzid);
  const start = wallIn(dtstart, "DTSTART");
  const excluded = new Set(exdates.map((text) => instantIn(text, "EXDATE", zone)));
  const added = [...new Set(rdates.map((text) => addedIn(text, zone)))].sort((a, b) => a - b);
  const series = seriesOf({ rule, start, zone, excluded, added });
  proveThatItFires(series, { rrule, start, zone });
  return { ...series, rule, zone, start };
}

function proveThatItFires(series: Series, o: { rrule: string; start: number; zone: Zone }): void {
  const first = series.firstOfRule();
  const instant = first === undefined ? undefined : o.zone.instantOf(first).instant;
  if (instant === undefined || instant > endOfTime) {
    const place = { part: "", start: 0, end: o.rrule.length };
    throw new RuleFault("never_occurs", neverSince(o.start), place);
  }
  if (series.until === undefined) return;
  if (instant <= series.until) return;
  const part = partsOf(o.rrule).find(({ name }) => name === "UNTIL");
  const { start, text } = part?.value ?? { start: 0, text: o.rrule };
  const message = "UNTIL: lies before the first occurrence";
  throw new RuleFault("never_occurs", message, { part: "UNTIL", start, end: start + text.length });
}

function neverSince(start: number): string {
  return start > endOfTime - cycleDays * daySeconds
    ? "the rule has no occurrence from its start to the end of the year 9999"
    : "no day in 400 years satisfies all parts of the rule";
}

function wallIn(text: string, part: string): number {
  const wall = parseWall(text);
  if (wall !== undefined && wall >= firstYear) return wall;
  const message = `${part}: a local time is written like 2026-03-29T09:00:00, from the year 1900`;
  throw new RuleFault("local_time_invalid", message, { part, start: 0, end: text.length });
}

function addedIn(text: string, zone: Zone): number {
  const instant = instantIn(text, "RDATE", zone);
  if (instant <= endOfTime && zone.wallOf(instant) <= endOfTime) return instant;
  const message = "RDATE: lies behind the year 9999 in UTC or on the clock of the zone";
  throw new RuleFault("local_time_invalid", message, { part: "RDATE", start: 0, end: text.length });
}

function instantIn(text: string, part: string, zone: Zone): number {
  if (text.endsWith("Z")) return wallIn(text.slice(0, -1), part);
  return zone.instantOf(wallIn(text, part)).instant;
}
