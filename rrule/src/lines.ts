import { formatInstant, parseWall } from "./calendar/wall.ts";
import { RuleFault } from "./fault.ts";
import { type OpenSeries, openSeries } from "./open.ts";
import { zoneNamed } from "./zone/names.ts";

/** What a line may ask for at most. */
const most = 10_000;
const horizon = parseWall("2100-01-01") ?? 0;

/** What is to be said besides an answer that ends before its series does. */
const stopped = "lists the occurrences before the year 2100, and goes on after it";

/**
 * Answers one line of JSON with another: `{dtstart, tzid, rrule, limit?}` with `{occurrences}`, the first ones as UTC
 * instants, or with `{error}`. An `id` comes back as it went. A series that starts before the year 2100 is listed as far as
 * that; `remark` is told where it goes on.
 */
export function answerLine(line: string, remark: (text: string) => void = () => undefined): string {
  let id: unknown;
  try {
    const request = objectOf(line);
    id = request["id"];
    const { rrule, dtstart, tzid = "UTC", limit = 12 } = request;
    if (typeof rrule !== "string" || typeof dtstart !== "string" || typeof tzid !== "string") {
      throw new TypeError("rrule, dtstart and tzid are strings");
    }
    if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > most) {
      throw new TypeError(`limit is a whole number from 1 to ${most}`);
    }
    const series = openSeries({ rrule, dtstart, tzid: zoneNamed(tzid) });
    return JSON.stringify({ id, occurrences: instantsOf(series, limit, () => remark(stopped)) });
  } catch (error) {
    return JSON.stringify({ id, error: messageOf(error) });
  }
}

function instantsOf(series: OpenSeries, limit: number, stop: () => void): string[] {
  const found: string[] = [];
  for (const { instant } of series.occurrences()) {
    if (series.start < horizon && instant >= horizon) {
      stop();
      break;
    }
    found.push(formatInstant(instant));
    if (found.length === limit) break;
  }
  return found;
}

function objectOf(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError("a line is an object");
  }
  return { ...value };
}

function messageOf(error: unknown): string {
  if (error instanceof RuleFault) return `${error.message} (at ${error.place.start})`;
  if (error instanceof SyntaxError) return "the line is not JSON";
  if (error instanceof TypeError) return error.message;
  throw error;
}
