import { formatWall } from "../calendar/wall.ts";
import { frequencies, weekdayNames } from "../rule.ts";
import type { Draw } from "./draw.ts";

/** A rule and its start, as they are written. */
export interface DrawnRule {
  readonly rrule: string;
  readonly dtstart: string;
}

const months = range(1, 12);
const daysOfMonth = [...range(1, 31), ...range(-31, -1)];

/** A rule of the class that libraries get right: what calendars write, without BYSETPOS, BYWEEKNO and BYYEARDAY. */
export function drawCoreRule(draw: Draw): DrawnRule {
  const frequency = draw.one(frequencies);
  const parts = [`FREQ=${frequency}`];
  if (draw.chance(0.5)) parts.push(`INTERVAL=${draw.number(1, 9)}`);
  if (draw.chance(0.25)) parts.push(`BYMONTH=${draw.some(months, 4)}`);
  if (frequency !== "WEEKLY" && draw.chance(0.3)) parts.push(`BYMONTHDAY=${draw.some(daysOfMonth, 4)}`);
  if (draw.chance(0.4)) parts.push(`BYDAY=${drawDays(draw, frequency)}`);
  if (draw.chance(0.2)) parts.push(`WKST=${draw.one(weekdayNames)}`);
  const start = drawStart(draw);
  if (draw.chance(0.35)) parts.push(`COUNT=${draw.number(1, 40)}`);
  else if (draw.chance(0.3)) parts.push(`UNTIL=${compact(start + draw.number(0, 3000) * 86_400)}Z`);
  return { rrule: parts.join(";"), dtstart: formatWall(start) };
}

/** A rule of everything there is, much of which never fires. */
export function drawAnyRule(draw: Draw): DrawnRule {
  const { rrule, dtstart } = drawCoreRule(draw);
  const parts = [rrule];
  const yearly = rrule.startsWith("FREQ=YEARLY");
  if (yearly && draw.chance(0.15)) parts.push(`BYWEEKNO=${draw.some([...range(1, 53), -1, -2, -53], 4)}`);
  if (yearly && draw.chance(0.15)) parts.push(`BYYEARDAY=${draw.some([...range(1, 366), -1, -365], 5)}`);
  if (draw.chance(0.3)) parts.push(`BYHOUR=${draw.some(range(0, 23), 3)}`);
  if (draw.chance(0.3)) parts.push(`BYMINUTE=${draw.some([0, 15, 30, 45], 2)}`);
  if (draw.chance(0.2)) parts.push(`BYSETPOS=${draw.some([1, 2, 3, -1, -2], 2)}`);
  if (draw.chance(0.2)) parts.push(`SKIP=${draw.one(["OMIT", "BACKWARD", "FORWARD"])}`);
  return { rrule: parts.join(";"), dtstart };
}

/** Weekdays alone or with ordinals: of a list with both libraries keep only what satisfies both. */
function drawDays(draw: Draw, frequency: string): string[] {
  const names = draw.some(weekdayNames, 4);
  const most = frequency === "MONTHLY" ? 5 : 53;
  if (frequency === "DAILY" || frequency === "WEEKLY" || draw.chance(0.5)) return names;
  return names.map((name) => `${draw.one([1, -1]) * draw.number(1, most)}${name}`);
}

/** Starts at the edges of months and years are more likely than in life. */
function drawStart(draw: Draw): number {
  const day = draw.chance(0.15)
    ? Date.UTC(draw.one([2000, 2004, 2024, 2028]), 1, 29)
    : Date.UTC(draw.number(1998, 2034), draw.number(0, 11), draw.one([draw.number(1, 28), 1, 29, 30, 31]));
  return day / 1000 + draw.number(0, 23) * 3600 + draw.one([0, 30]) * 60;
}

function compact(wall: number): string {
  return formatWall(wall).replaceAll(/[-:]/g, "");
}

function range(least: number, most: number): number[] {
  return Array.from({ length: most - least + 1 }, (_, index) => least + index);
}
