import type { DayOfYear, PartOfDay } from "../draft.ts";
import { anyOf, type Lexicon, listForm, numbersOf, type Unit } from "../lexicon.ts";
import { clockTime } from "../read/times.ts";
import { number, numberOf, ordinal, ordinalOf } from "./numbers.ts";

const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

export const weekday =
  "(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|tues?|weds?|thu(?:rs?)?|fri|sat|sun)\\b\\.?";
export const month =
  "january|february|march|april|may|june|july|august|september|october|november|december|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\\b\\.?";
export const dayGroup = "(?:week|work(?:ing)?[- ]?|business[- ]?)[- ]?days?|(?:the )?week[- ]?ends?";
export const separator = " ?, ?(?:(?:and|or|&) )?| (?:and|or) | ?[&+/] ?";
const article = "(?:(?:on|at|in) )?(?:(?:the|every|each|a|an) )?";
export const range = " ?- ?| (?:to|through|thru) (?:the )?";

export const list = (item: string) => listForm(item, { separator: `(?:${separator})`, article });
export const ranged = (item: string) => list(`(?:${item})(?:(?:${range})(?:${item}))?`);

/** A day of the month: `1`, `1st`, `first` */
export const dayNumber = `\\d{1,2}(?!\\d|:)(?:st|nd|rd|th)?|${ordinal}`;
const plainDay = "\\d{1,2}(?![\\d:.])(?:st|nd|rd|th)?";
const dateA = `(?:${month}) (?:the )?(?:${list(plainDay)}|${ordinal})`;
const dateB = `(?:${list(plainDay)}|${ordinal}) (?:day )?(?:of )?(?:${month})`;
const dateC = "\\d{1,2}/\\d{1,2}(?!\\d|/)";
export const dates = list(`${dateA}|${dateB}|${dateC}`);

const half = "(?:[ap]\\.?m\\b\\.?)";
export const clock = `\\d{1,2}(?:[:.]\\d{2})? ?${half}|\\d{1,2}:\\d{2}|\\d{1,2} o'?clock|\\d{1,2}|noon|midday|midnight|(?:half past|(?:a )?quarter (?:past|to)) (?:${number})`;
/** A time that is one also without `at`. */
export const plainClock = `\\d{1,2}(?:[:.]\\d{2})? ?${half}|\\d{1,2}:\\d{2}|\\d{1,2} o'?clock|noon|midday|midnight`;
export const part = "morning|afternoon|evening|night";
export const parts: Readonly<Record<string, PartOfDay>> = {
  morning: "morning",
  afternoon: "afternoon",
  evening: "evening",
  night: "night",
};

const units: Readonly<Record<string, Unit>> = {
  minute: ["MINUTELY", 1],
  min: ["MINUTELY", 1],
  "quarter hour": ["MINUTELY", 15],
  "quarter of an hour": ["MINUTELY", 15],
  "half hour": ["MINUTELY", 30],
  "half an hour": ["MINUTELY", 30],
  hour: ["HOURLY", 1],
  hr: ["HOURLY", 1],
  day: ["DAILY", 1],
  week: ["WEEKLY", 1],
  wk: ["WEEKLY", 1],
  fortnight: ["WEEKLY", 2],
  month: ["MONTHLY", 1],
  quarter: ["MONTHLY", 3],
  "half year": ["MONTHLY", 6],
  "half a year": ["MONTHLY", 6],
  year: ["YEARLY", 1],
  yr: ["YEARLY", 1],
  hourly: ["HOURLY", 1],
  daily: ["DAILY", 1],
  weekly: ["WEEKLY", 1],
  monthly: ["MONTHLY", 1],
  quarterly: ["MONTHLY", 3],
  yearly: ["YEARLY", 1],
  annually: ["YEARLY", 1],
};
const half_ = (word: string) => word.replace(/^half-/, "half ").replace(/^quarter-/, "quarter ");
export const unit = `(?:${anyOf(Object.keys(units).filter((word) => !word.endsWith("ly")))
  .replaceAll("half ", "half[- ]")
  .replaceAll("quarter hour", "quarter[- ]hour")})s?`;
export const unitAdverb = anyOf(Object.keys(units).filter((word) => word.endsWith("ly")));

const weekdayForm = new RegExp(`^(?:${weekday})$`, "u");
const monthForm = new RegExp(`^(?:${month})$`, "u");
const dayGroupForm = new RegExp(`^(?:${dayGroup})$`, "u");
const dateForm = new RegExp(
  `^(?:${separator}|)${article}(?:(?<a>${dateA})|(?<b>${dateB})|(?<c>${dateC}))`,
  "u",
);
const monthName = new RegExp(`^(?:${month})(?= )|(?<= )(?:${month})$`, "u");
const counted: Readonly<Record<string, number>> = { once: 1, twice: 2, thrice: 3, a: 1, an: 1 };

export const english: Lexicon = {
  separator: new RegExp(separator, "u"),
  range: new RegExp(range, "u"),
  article: new RegExp(`^${article}`, "u"),
  weekday: (word) => {
    const found = weekdayForm.test(word) ? weekdays.indexOf(word.slice(0, 3)) : -1;
    return found < 0 ? undefined : found;
  },
  month: (word) => {
    const found = monthForm.test(word) ? months.indexOf(word.slice(0, 3)) : -1;
    return found < 0 ? undefined : found + 1;
  },
  number: (word) => counted[word] ?? numberOf(word.replace(/ ?times?$|(?<=\d) ?x$/, "")),
  ordinal: ordinalOf,
  unit: (word) => {
    const name = half_(word);
    return units[name] ?? units[name.replace(/s$/, "")];
  },
  clock: clockOf,
  partOfDay: (word) => parts[word.replace(/s$/, "")],
  dayGroup: (word) => {
    if (!dayGroupForm.test(word)) return undefined;
    return /end/.test(word) ? [5, 6] : [0, 1, 2, 3, 4];
  },
  datesOf,
  daysAhead: (word) => ({ today: 0, now: 0, tomorrow: 1, "the day after tomorrow": 2 })[word],
  either: (nth) => [
    `every ${nth} days`,
    `on the ${nth}${nth > 3 ? "th" : ["th", "st", "nd", "rd"][nth]} of the month`,
  ],
  examples: {
    MINUTELY: "every 5 minutes",
    HOURLY: "every 20 minutes",
    DAILY: "every day at 8:00 and 20:00",
    WEEKLY: "every Monday and Thursday",
    MONTHLY: "every month on the 1st and 15th",
    YEARLY: "every year on January 1 and July 1",
  },
};

function clockOf(word: string) {
  if (/^(?:noon|midday)$/.test(word)) return { ...{ hour: 12, minute: 0 }, open: false };
  if (word === "midnight") return { hour: 0, minute: 0, open: false };
  const [, minutes, before, spoken = ""] = /^(?:a )?(half|quarter) (past|to) (.*)$/.exec(word) ?? [];
  if (minutes !== undefined) {
    const hour = numberOf(spoken) ?? 99;
    const past = minutes === "half" ? 30 : 15;
    return before === "past" ? clockTime(hour, past) : clockTime(hour === 1 ? 12 : hour - 1, 60 - past);
  }
  const [, hour, minute = "0", after] = /^(\d+)(?:[:.](\d+))? ?([ap])?/.exec(word) ?? [];
  return clockTime(Number(hour), Number(minute), after);
}

function datesOf(text: string): DayOfYear[] | undefined {
  const found: DayOfYear[] = [];
  for (let rest = text; rest !== ""; ) {
    const at = dateForm.exec(rest);
    if (at === null) return undefined;
    const { a, b, c } = at.groups ?? {};
    const days = c === undefined ? spokenDate(a ?? b ?? "") : slashed(c);
    if (days === undefined) return undefined;
    found.push(...days);
    rest = rest.slice(at[0].length);
  }
  return found;
}

function spokenDate(text: string): DayOfYear[] | undefined {
  const name = monthName.exec(text);
  const of = name === null ? undefined : english.month(name[0]);
  if (name === null || of === undefined) return undefined;
  const days = text
    .slice(name.index === 0 ? name[0].length : 0, name.index === 0 ? undefined : name.index)
    .trim()
    .replace(/^the | of$/g, "")
    .replace(/ day$/, "");
  const read = (word: string) => english.ordinal(word) ?? english.number(word);
  return numbersOf(days, { lexicon: english, read })?.map((day) => ({ month: of, day }));
}

/** `12/24` is the 24th of December. */
function slashed(text: string): DayOfYear[] | undefined {
  const [of = 0, day = 0] = text.split("/").map(Number);
  return of >= 1 && of <= 12 ? [{ month: of, day }] : undefined;
}
