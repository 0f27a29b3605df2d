import { limits } from "../../parse/limits.ts";
import type { Draft } from "../draft.ts";
import { refuse } from "../refusal.ts";

/** Refuses numbers that are none of a calendar or a clock, or that are more than a rule may have. */
export function checkRanges(draft: Draft): void {
  const {
    frequency = "DAILY",
    interval = 1,
    count = 1,
    months,
    monthDays,
    yearDays,
    weeks,
    hours,
    minutes,
    seconds,
  } = draft;
  if (frequency === "MINUTELY" && interval < 5) refuse("a rule repeats every 5 minutes at most");
  if (interval > limits.interval) refuse(`the longest interval is ${limits.interval}`);
  if (count > limits.count) refuse(`a rule repeats ${limits.count} times at most`);
  if (count < 1) refuse("a rule repeats once at least");
  const days = { of: monthDays, most: 31 };
  for (const { of, most } of [days, { of: yearDays, most: 366 }, { of: weeks, most: 53 }]) {
    if (of.some((value) => value === 0 || Math.abs(value) > most))
      refuse(`there are at most ${most} of these`);
    if (of.length > limits.list) refuse(`at most ${limits.list} of these can be named`);
  }
  if (months.some((month) => month < 1 || month > 12)) refuse("a year has 12 months");
  if (hours.some((hour) => hour > 23)) refuse("the hours of a day are 0 to 23");
  if ([...minutes, ...seconds].some((value) => value > 59)) refuse("minutes and seconds are 0 to 59");
}
