import { frequencies, weekdayNames } from "../rule.ts";
import type { Draw } from "./draw.ts";

/** A rule that people have words for. */
export function drawSpeakableRule(draw: Draw): string {
  const frequency = draw.one(frequencies);
  const parts = [`FREQ=${frequency}`];
  if (draw.chance(0.4)) parts.push(`INTERVAL=${draw.number(2, 400)}`);
  const inMonths = draw.chance(0.3);
  if (inMonths) parts.push(`BYMONTH=${draw.some(range(1, 12), 3)}`);
  parts.push(...drawDays(draw, frequency, inMonths));
  if (draw.chance(0.3))
    parts.push(`BYHOUR=${draw.some(range(0, 23), 3)};BYMINUTE=${draw.some([0, 5, 30], 2)}`);
  const end = draw.number(1, 5);
  if (end === 1) parts.push(`COUNT=${draw.number(1, 500)}`);
  if (end === 2) parts.push(`UNTIL=20${draw.number(60, 90)}0${draw.number(1, 9)}1${draw.number(0, 9)}`);
  return parts.join(";");
}

function drawDays(draw: Draw, frequency: string, inMonths: boolean): string[] {
  const weekdays = `BYDAY=${draw.some(weekdayNames, 4)}`;
  if (frequency === "DAILY" || frequency === "WEEKLY") return draw.chance(0.5) ? [weekdays] : [];
  const most = frequency === "YEARLY" && !inMonths ? 53 : 5;
  const nth = draw.some(weekdayNames, 3).map((name) => `${draw.one([1, -1]) * draw.number(1, most)}${name}`);
  const ofMonth = frequency === "MONTHLY" || inMonths;
  // Of the months that are named, none may have a 30th.
  const last = inMonths ? 29 : 31;
  const days = draw.some([...range(1, last), ...range(-last, -1)], 4);
  return draw.one([[], [weekdays], [`BYDAY=${nth}`], ofMonth ? [`BYMONTHDAY=${days}`] : []]);
}

function range(least: number, most: number): number[] {
  return Array.from({ length: most - least + 1 }, (_, index) => least + index);
}
