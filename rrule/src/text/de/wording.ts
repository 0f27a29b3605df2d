import type { Wording } from "../describe.ts";
import { workingDays } from "../draft.ts";

const weekdays = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
const months = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(
  " ",
);
const one = {
  DAILY: "jeden Tag",
  WEEKLY: "jede Woche",
  MONTHLY: "jeden Monat",
  YEARLY: "jedes Jahr",
} as const;
const many = { DAILY: "Tage", WEEKLY: "Wochen", MONTHLY: "Monate", YEARLY: "Jahre" } as const;
const words = ["ersten", "zweiten", "dritten", "vierten", "fünften"];

export const germanWording: Wording = {
  every: (frequency, interval) => (interval === 1 ? one[frequency] : `alle ${interval} ${many[frequency]}`),
  everyDays: (days) => {
    if (days.join() === workingDays.join()) return "jeden Werktag";
    return days.join() === "5,6" ? "jedes Wochenende" : `jeden ${named(days)}`;
  },
  onDays: (days) => (days.join() === workingDays.join() ? "an Werktagen" : `am ${named(days)}`),
  ifDays: (days) => `wenn es ein ${joined(days.map(weekdayName), "oder")} ist`,
  onNth: (days, ofYear) => {
    const list = days.map(({ weekday, ordinal }) => `${nth(ordinal)} ${weekdayName(weekday)}`);
    return `am ${joined(list)}${ofYear ? " des Jahres" : ""}`;
  },
  onWorkdays: (positions) => `am ${joined(positions.map(nth))} Werktag`,
  onMonthDays: (days) => {
    const list = joined(days.map((day) => (day > 0 ? `${day}.` : nth(day))));
    return `am ${list}${days.some((day) => day < 0) ? " Tag" : ""}`;
  },
  onYearDays: (days) => `am ${joined(days.map((day) => (day > 0 ? `${day}.` : nth(day))))} Tag des Jahres`,
  inWeeks: (weeks) =>
    `in der ${joined(weeks.map((week) => (week > 0 ? `${week}.` : nth(week))))} Woche des Jahres`,
  inMonths: (list) => `im ${joined(list.map((month) => months[month - 1] ?? ""))}`,
  atTimes: (times) => `um ${joined(times.map(({ hour, minute }) => `${hour}:${two(minute)}`))} Uhr`,
  atUnits: (hours, minutes, seconds) =>
    [counted(hours, "Stunde", "n"), counted(minutes, "Minute", "n"), counted(seconds, "Sekunde", "n")]
      .filter((part) => part !== "")
      .join(", "),
  onlyPositions: (positions) => `(davon nur den ${joined(positions.map(nth))} Termin)`,
  weekStart: (day) => `(Wochen beginnen am ${weekdayName(day)})`,
  moved: (skip) =>
    skip === "BACKWARD"
      ? "(oder am letzten Tag eines zu kurzen Monats)"
      : "(oder am Tag nach einem zu kurzen Monat)",
  times: (count) => `${count}-mal`,
  until: ({ year, month, day }, clock) => `bis ${day}. ${months[month - 1]} ${year}${clock}`,
  leftOut: (day) => `Monate ohne einen ${day}. fallen aus`,
};

function weekdayName(day: number): string {
  return weekdays[day] ?? "";
}

function named(days: readonly number[]): string {
  return joined(days.map(weekdayName));
}

function nth(ordinal: number): string {
  if (ordinal === -1) return "letzten";
  if (ordinal === -2) return "vorletzten";
  return ordinal < 0 ? `${-ordinal}.-letzten` : (words[ordinal - 1] ?? `${ordinal}.`);
}

function counted(values: readonly number[], unit: string, plural: string): string {
  if (values.length === 0) return "";
  return `zur ${unit}${values.length > 1 ? plural : ""} ${joined(values.map(String))}`;
}

function joined(list: readonly string[], word = "und"): string {
  return list.length < 2 ? list.join("") : `${list.slice(0, -1).join(", ")} ${word} ${list.at(-1)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
