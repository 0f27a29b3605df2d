import { civilOf, dayOf, monthLength } from "./civil.ts";

/**
 * A time on the wall is one number: seconds since 1970-01-01T00:00:00 on a clock that is never changed. An instant is
 * one number too: seconds since 1970-01-01T00:00:00Z.
 */
export const daySeconds = 86_400;

/** The last second that a timestamp and a local time can tell, that of the year 9999: where series end at the latest. */
export const endOfTime = dayOf(10_000, 1, 1) * daySeconds - 1;

const form = /^(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2}):?(\d{2}))?$/;

/** Reads `2026-03-29T09:00:00` or `20260329T090000`, or a date alone, which means its midnight. */
export function parseWall(text: string): number | undefined {
  const fields = form.exec(text);
  if (fields === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields
    .slice(1)
    .map((field) => Number(field ?? 0));
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return dayOf(year, month, day) * daySeconds + hour * 3600 + minute * 60 + second;
}

/** `2026-03-29T09:00:00` */
export function formatWall(wall: number): string {
  const day = Math.floor(wall / daySeconds);
  const second = wall - day * daySeconds;
  const [hour, minute] = [Math.floor(second / 3600), Math.floor(second / 60) % 60];
  return `${formatDay(day)}T${two(hour)}:${two(minute)}:${two(second % 60)}`;
}

/** `2026-03-29` */
export function formatDay(day: number): string {
  const { year, month, day: ofMonth } = civilOf(day);
  return formatDate(year, month, ofMonth);
}

/** `2026-04-31`: also for a date that does not exist. */
export function formatDate(year: number, month: number, day: number): string {
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** `2026-03-29T07:00:00Z` */
export function formatInstant(instant: number): string {
  return `${formatWall(instant)}Z`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}
