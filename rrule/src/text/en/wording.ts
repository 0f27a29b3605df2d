import type { Wording } from "../describe.ts";
import { workingDays } from "../draft.ts";

const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const months = "January February March April May June July August September October November December".split(
  " ",
);
const units = { DAILY: "day", WEEKLY: "week", MONTHLY: "month", YEARLY: "year" } as const;
const words = ["first", "second", "third", "fourth", "fifth"];

export const englishWording: Wording = {
  every: (frequency, interval) =>
    interval === 1 ? `every ${units[frequency]}` : `every ${interval} ${units[frequency]}s`,
  everyDays: (days) => {
    if (days.join() === workingDays.join()) return "every weekday";
    return days.join() === "5,6" ? "every weekend" : `every ${named(days)}`;
  },
  onDays: (days) => (days.join() === workingDays.join() ? "on weekdays" : `on ${named(days)}`),
  ifDays: (days) => `if it is a ${joined(days.map(weekdayName), "or")}`,
  onNth: (days, ofYear) => {
    const list = days.map(({ weekday, ordinal }) => `${nth(ordinal)} ${weekdayName(weekday)}`);
    return `on the ${joined(list)}${ofYear ? " of the year" : ""}`;
  },
  onWorkdays: (positions) => `on the ${joined(positions.map(nth))} workday`,
  onMonthDays: (days) => `on the ${joined(days.map((day) => (day > 0 ? numbered(day) : `${nth(day)} day`)))}`,
  onYearDays: (days) =>
    `on the ${joined(days.map((day) => (day > 0 ? numbered(day) : nth(day))))} day of the year`,
  inWeeks: (weeks) =>
    `in the ${joined(weeks.map((week) => (week > 0 ? numbered(week) : nth(week))))} week of the year`,
  inMonths: (list) => `in ${joined(list.map((month) => months[month - 1] ?? ""))}`,
  atTimes: (times) => `at ${joined(times.map(({ hour, minute }) => `${hour}:${two(minute)}`))}`,
  atUnits: (hours, minutes, seconds) =>
    [counted(hours, "hour"), counted(minutes, "minute"), counted(seconds, "second")]
      .filter((part) => part !== "")
      .join(", "),
  onlyPositions: (positions) => `(only the ${joined(positions.map(nth))} of these)`,
  weekStart: (day) => `(weeks start on ${weekdayName(day)})`,
  moved: (skip) =>
    skip === "BACKWARD"
      ? "(or on the last day of a month that is too short)"
      : "(or on the day after a month that is too short)",
  times: (count) => `for ${count} times`,
  until: ({ year, month, day }, clock) => `until ${months[month - 1]} ${day}, ${year}${clock}`,
  leftOut: (day) => `months without a ${numbered(day)} are left out`,
};

function weekdayName(day: number): string {
  return weekdays[day] ?? "";
}

function named(days: readonly number[]): string {
  return joined(days.map(weekdayName));
}

function nth(ordinal: number): string {
  if (ordinal === -1) return "last";
  return ordinal < 0 ? `${numbered(-ordinal)} to last` : (words[ordinal - 1] ?? numbered(ordinal));
}

function numbered(value: number): string {
  const teen = value % 100 > 10 && value % 100 < 14;
  return `${value}${teen ? "th" : (["th", "st", "nd", "rd"][value % 10] ?? "th")}`;
}

function counted(values: readonly number[], unit: string): string {
  if (values.length === 0) return "";
  return `at ${unit}${values.length > 1 ? "s" : ""} ${joined(values.map(String))}`;
}

function joined(list: readonly string[], word = "and"): string {
  return list.length < 2 ? list.join("") : `${list.slice(0, -1).join(", ")} ${word} ${list.at(-1)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
