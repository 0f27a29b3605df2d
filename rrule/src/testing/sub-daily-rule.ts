import { formatWall } from "../calendar/wall.ts";
import { weekdayNames } from "../rule.ts";
import type { Draw } from "./draw.ts";
import type { DrawnRule } from "./random-rule.ts";

/** A rule that counts hours or minutes, with or without what is asked of the clock on the wall. */
export function drawSubDailyRule(draw: Draw): DrawnRule {
  const hourly = draw.chance(0.5);
  const parts = hourly
    ? [`FREQ=HOURLY;INTERVAL=${draw.number(1, 30)}`]
    : [`FREQ=MINUTELY;INTERVAL=${draw.one([5, 10, 15, 20, 45, 90, draw.number(1, 40) * 5])}`];
  if (draw.chance(0.3)) parts.push(`BYMONTH=${draw.some([1, 3, 4, 10, 11], 3)}`);
  if (draw.chance(0.2)) parts.push(`BYMONTHDAY=${draw.some([1, 8, 25, 29, 31, -1], 4)}`);
  if (draw.chance(0.4)) parts.push(`BYDAY=${draw.some(weekdayNames, 5)}`);
  if (draw.chance(0.5)) parts.push(`BYHOUR=${draw.some([0, 1, 2, 3, 8, 9, 10, 12, 17, 23], 6)}`);
  if (hourly && draw.chance(0.3)) parts.push(`BYMINUTE=${draw.some([0, 10, 15, 30, 45], 3)}`);
  const start = Date.UTC(2026, draw.one([0, 2, 9]), draw.number(20, 31)) / 1_000;
  const end = draw.number(1, 4);
  if (end === 1) parts.push(`COUNT=${draw.number(1, 40)}`);
  if (end === 2)
    parts.push(`UNTIL=${formatWall(start + draw.number(0, 400) * 86_400).replaceAll(/[-:]/g, "")}Z`);
  const dtstart = formatWall(start + draw.number(0, 23) * 3_600 + draw.one([0, 15, 30]) * 60);
  return { rrule: parts.join(";"), dtstart };
}
