import type { Wording } from "../describe.ts";
import { workingDays } from "../draft.ts";
import { runs } from "../runs.ts";

const weekdays = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
const months = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(
  " ",
);
const one = {
  MINUTELY: "jede Minute",
  HOURLY: "jede Stunde",
  DAILY: "jeden Tag",
  WEEKLY: "jede Woche",
  MONTHLY: "jeden Monat",
  YEARLY: "jedes Jahr",
} as const;
const many = {
  MINUTELY: "Minuten",
  HOURLY: "Stunden",
  DAILY: "Tage",
  WEEKLY: "Wochen",
  MONTHLY: "Monate",
  YEARLY: "Jahre",
} as const;
const words = ["erste", "zweite", "dritte", "vierte", "fünfte"];

export const germanWording: Wording = {
  every: (frequency, interval) => (interval === 1 ? one[frequency] : `alle ${interval} ${many[frequency]}`),
  everyDays: (days) => {
    if (days.join() === workingDays.join()) return "jeden Werktag";
    return days.join() === "5,6" ? "jedes Wochenende" : `jeden ${named(days)}`;
  },
  onDays: (days) => (days.join() === workingDays.join() ? "an Werktagen" : `am ${named(days)}`),
  onEveryDays: (days) =>
    days.join() === workingDays.join() ? "an jedem Werktag" : `an jedem ${named(days)}`,
  ifDays: (days, ofYear) => {
    const list = days.map(({ weekday, ordinal }) =>
      ordinal === 0 ? weekdayName(weekday) : `${nth(ordinal, "")} ${weekdayName(weekday)}`,
    );
    const article = days[0]?.ordinal === 0 ? "ein" : "der";
    const counted = days.some(({ ordinal }) => ordinal !== 0);
    return `wenn es ${article} ${joined(list, "oder")}${counted && ofYear ? " des Jahres" : ""} ist`;
  },
  onNth: (days, ofYear) => {
    const list = days.map(({ weekday, ordinal }) => `${nth(ordinal)} ${weekdayName(weekday)}`);
    return `am ${joined(list)}${ofYear ? " des Jahres" : ""}`;
  },
  onWorkdays: (positions) => `am ${joined(positions.map((position) => nth(position)))} Werktag`,
  onMonthDays: (days, ofEveryMonth) => {
    const day = days.some((value) => value < 0) ? " Tag" : "";
    return `am ${joined(days.map((value) => counter(value)))}${day}${ofEveryMonth ? " jedes Monats" : ""}`;
  },
  ifMonthDays: (days) => {
    const day = days.some((value) => value < 0) ? " Tag" : "";
    return `wenn es der ${joined(
      days.map((value) => counter(value, "")),
      "oder",
    )}${day} ist`;
  },
  onYearDays: (days) => `am ${joined(days.map((day) => counter(day)))} Tag des Jahres`,
  ifYearDays: (days) =>
    `wenn es der ${joined(
      days.map((day) => counter(day, "")),
      "oder",
    )} Tag des Jahres ist`,
  inWeeks: (weeks) => `in der ${joined(weeks.map((week) => counter(week)))} Woche des Jahres`,
  ifWeeks: (weeks) =>
    `wenn es in der ${joined(
      weeks.map((week) => counter(week)),
      "oder",
    )} Woche des Jahres ist`,
  inMonths: (list) => `im ${joined(list.map(monthName))}`,
  onlyMonths: (list) => `nur im ${joined(list.map(monthName))}`,
  atTimes: (times) => `um ${joined(times.map(({ hour, minute }) => `${hour}:${two(minute)}`))} Uhr`,
  atUnits: (hours, minutes, seconds) =>
    [counted(hours, "Stunde"), counted(minutes, "Minute"), counted(seconds, "Sekunde")]
      .filter((part) => part !== "")
      .join(", "),
  inHours: (hours) =>
    `${hours.length > 1 ? "in den Stunden" : "in der Stunde"} ${joined(runs(hours, "bis"))}`,
  onlyPositions: (positions) =>
    `(davon nur den ${joined(positions.map((position) => nth(position)))} Termin)`,
  weekStart: (day) => `(Wochen beginnen am ${weekdayName(day)})`,
  moved: (skip, ofYear) =>
    skip === "BACKWARD"
      ? `(oder am letzten Tag eines zu kurzen ${ofYear ? "Jahres" : "Monats"})`
      : `(oder am Tag nach einem zu kurzen ${ofYear ? "Jahr" : "Monat"})`,
  times: (count) => (count === 1 ? "insgesamt einmal" : `insgesamt ${count}-mal`),
  until: ({ year, month, day }, clock) => `bis ${day}. ${monthName(month)} ${year}${clock}`,
  and: "und",
  leftOut: (day) => `Monate ohne einen ${day}. fallen aus`,
};

function weekdayName(day: number): string {
  return weekdays[day] ?? "";
}

function named(days: readonly number[]): string {
  return joined(days.map(weekdayName));
}

function monthName(month: number): string {
  return months[month - 1] ?? "";
}

/** With the ending of "am letzten", or without it for "der letzte". */
function nth(ordinal: number, ending = "n"): string {
  if (ordinal === -1) return `letzte${ending}`;
  if (ordinal === -2) return `vorletzte${ending}`;
  if (ordinal < 0) return `${-ordinal}.-letzte${ending}`;
  const word = words[ordinal - 1];
  return word === undefined ? `${ordinal}.` : `${word}${ending}`;
}

function counter(value: number, ending = "n"): string {
  return value > 0 ? `${value}.` : nth(value, ending);
}

function counted(values: readonly number[], unit: string): string {
  if (values.length === 0) return "";
  const list = joined(values.map(String));
  return values.length > 1 ? `zu den ${unit}n ${list}` : `zur ${unit} ${list}`;
}

function joined(list: readonly string[], word = "und"): string {
  return list.length < 2 ? list.join("") : `${list.slice(0, -1).join(", ")} ${word} ${list.at(-1)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
