import type { Wording } from "../describe.ts";
import { workingDays } from "../draft.ts";
import { runs } from "../runs.ts";

const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const months = "January February March April May June July August September October November December".split(
  " ",
);
const units = {
  MINUTELY: "minute",
  HOURLY: "hour",
  DAILY: "day",
  WEEKLY: "week",
  MONTHLY: "month",
  YEARLY: "year",
} as const;
const words = ["first", "second", "third", "fourth", "fifth"];

export const englishWording: Wording = {
  every: (frequency, interval) =>
    interval === 1 ? `every ${units[frequency]}` : `every ${interval} ${units[frequency]}s`,
  everyDays: (days) => {
    if (days.join() === workingDays.join()) return "every weekday";
    return days.join() === "5,6" ? "every weekend" : `every ${named(days)}`;
  },
  onDays: (days) => (days.join() === workingDays.join() ? "on weekdays" : `on ${named(days)}`),
  onEveryDays: (days) =>
    days.join() === workingDays.join() ? "on every weekday" : `on every ${named(days)}`,
  ifDays: (days, ofYear) => {
    const list = days.map(({ weekday, ordinal }) =>
      ordinal === 0 ? weekdayName(weekday) : `${nth(ordinal)} ${weekdayName(weekday)}`,
    );
    const article = days[0]?.ordinal === 0 ? "a" : "the";
    const counted = days.some(({ ordinal }) => ordinal !== 0);
    return `if it is ${article} ${joined(list, "or")}${counted && ofYear ? " of the year" : ""}`;
  },
  onNth: (days, ofYear) => {
    const list = days.map(({ weekday, ordinal }) => `${nth(ordinal)} ${weekdayName(weekday)}`);
    return `on the ${joined(list)}${ofYear ? " of the year" : ""}`;
  },
  onWorkdays: (positions) => `on the ${joined(positions.map(nth))} workday`,
  onMonthDays: (days, ofEveryMonth) =>
    `on the ${joined(days.map(dayOfMonth))}${ofEveryMonth ? " of every month" : ""}`,
  ifMonthDays: (days) => `if it is the ${joined(days.map(dayOfMonth), "or")}`,
  onYearDays: (days) => `on the ${joined(days.map(counter))} day of the year`,
  ifYearDays: (days) => `if it is the ${joined(days.map(counter), "or")} day of the year`,
  inWeeks: (weeks) => `in the ${joined(weeks.map(counter))} week of the year`,
  ifWeeks: (weeks) => `if it is in the ${joined(weeks.map(counter), "or")} week of the year`,
  inMonths: (list) => `in ${joined(list.map(monthName))}`,
  onlyMonths: (list) => `only in ${joined(list.map(monthName))}`,
  atTimes: (times) => `at ${joined(times.map(({ hour, minute }) => `${hour}:${two(minute)}`))}`,
  atUnits: (hours, minutes, seconds) =>
    [counted(hours, "hour"), counted(minutes, "minute"), counted(seconds, "second")]
      .filter((part) => part !== "")
      .join(", "),
  inHours: (hours) => `in ${hours.length > 1 ? "hours" : "hour"} ${joined(runs(hours, "to"))}`,
  onlyPositions: (positions) => `(only the ${joined(positions.map(nth))} of these)`,
  weekStart: (day) => `(weeks start on ${weekdayName(day)})`,
  moved: (skip, ofYear) => {
    const day = skip === "BACKWARD" ? "last day of" : "day after";
    return `(or on the ${day} a ${ofYear ? "year" : "month"} that is too short)`;
  },
  times: (count) => (count === 1 ? "for 1 time" : `for ${count} times`),
  until: ({ year, month, day }, clock) => `until ${monthName(month)} ${day}, ${year}${clock}`,
  and: "and",
  leftOut: (day) => `months without a ${numbered(day)} are left out`,
};

function weekdayName(day: number): string {
  return weekdays[day] ?? "";
}

function monthName(month: number): string {
  return months[month - 1] ?? "";
}

function dayOfMonth(day: number): string {
  return day > 0 ? numbered(day) : `${nth(day)} day`;
}

function counter(value: number): string {
  return value > 0 ? numbered(value) : nth(value);
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
