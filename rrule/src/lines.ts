import { formatInstant, parseWall } from "./calendar/wall.ts";
import { RuleFault } from "./fault.ts";
import { type OpenSeries, openSeries } from "./open.ts";

/** What a line may ask for at most. */
const most = 10_000;
const horizon = parseWall("2100-01-01") ?? 0;

/**
 * Answers one line of JSON with another: `{dtstart, tzid, rrule, limit?}` with `{occurrences}`, the first ones before
 * the year 2100 as UTC instants, or with `{error}`. An `id` comes back as it went.
 */
export function answerLine(line: string): string {
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
    return JSON.stringify({ id, occurrences: instantsOf(openSeries({ rrule, dtstart, tzid }), limit) });
  } catch (error) {
    return JSON.stringify({ id, error: messageOf(error) });
  }
}

function instantsOf(series: OpenSeries, limit: number): string[] {
  const found: string[] = [];
  for (const { instant } of series.occurrences()) {
    if (instant >= horizon) break;
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
