import type { DayOfYear, PartOfDay } from "../draft.ts";
import { anyOf, type Lexicon, listForm, numbersOf, type Unit } from "../lexicon.ts";
import { clockTime } from "../read/times.ts";
import { number, numberOf, ordinal, ordinalOf } from "./numbers.ts";

const weekdays = ["mo", "di", "mi", "do", "fr", "sa", "so"];
const months = ["jan", "feb", "mae", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"];

const longDay = "(?:mon|diens|donners|frei|sams|sonn)tag(?:s|en|e)?|mittwochs?|sonnabend(?:s|en|e)?";
export const weekday = `${longDay}|(?:mo|di|mi|do|fr|sa|so)\\b\\.?`;
/** A weekday that a list may begin with: `so` alone is a word of its own. */
export const firstWeekday = `${longDay}|(?:mo|di|mi|do|fr|sa)\\b\\.?|so\\.|so(?=(?: ?[-,&/] ?| (?:und|oder|bis) )(?:mo|di|mi|do|fr|sa)\\b)`;
/** A weekday behind an ordinal. */
export const countedWeekday = `${longDay}|(?:mo|di|mi|do|fr|sa)\\b\\.?|so\\.|so(?= (?:im|des|eines|jede[ns]) )`;
export const month =
  "januar|jaenner|februar|feber|maerz|april|mai|juni|juno|juli|august|september|oktober|november|dezember|(?:jan|jaen|feb|maer|mrz|apr|jun|jul|aug|sept?|okt|nov|dez)\\b\\.?";
export const dayGroup = "(?:werk|wochen|arbeits)tag(?:s|en|e)?|wochenenden?s?";
export const separator = " ?, ?(?:(?:und|oder|sowie) )?| (?:und|oder|sowie) | ?[&+/] ?";
const article = "(?:(?:am|an|im|in|um|ein|eine[nm]?) )?(?:(?:den|dem|der|die|jede[nrsm]?) )?";
export const range = " ?- ?| bis (?:zum )?";

export const list = (item: string) => listForm(item, { separator: `(?:${separator})`, article });
export const ranged = (item: string) => list(`(?:${item})(?:(?:${range})(?:${item}))?`);
export const weekdayList = (first: string, item: string) =>
  `(?:${first})(?:(?:${range})(?:${item}))?(?:(?:${separator})${article}(?:${item})(?:(?:${range})(?:${item}))?)*`;

const dateA = `(?:${list(ordinal)}) ?(?:tag )?(?:(?:im|des|in) )?(?:${month})`;
const dateB = "\\d{1,2}\\. ?\\d{1,2}(?:\\.(?!\\d)|(?![\\d.:]| uhr))";
export const dates = list(`${dateB}|${dateA}`);

export const clock = `\\d{1,2}[:.]\\d{2}(?: ?uhr)?|\\d{1,2} ?uhr(?: \\d{1,2})?|\\d{1,2} ?h|\\d{1,2}|mitternacht|mittag|(?:halb|viertel (?:nach|vor)) (?:${number})`;
/** A time that is one also without `um`. */
export const plainClock = `\\d{1,2}(?:[:.]\\d{2})? ?uhr(?: \\d{1,2})?|\\d{1,2}:\\d{2}|(?:halb|viertel (?:nach|vor)) (?:${number})`;
const parts: Readonly<Record<string, PartOfDay>> = {
  morgen: "morning",
  frueh: "morning",
  vormittag: "morning",
  mittag: "noon",
  nachmittag: "afternoon",
  abend: "evening",
  nacht: "night",
};
export const part = `(?:${anyOf(Object.keys(parts))})`;

const units: Readonly<Record<string, Unit>> = {
  minute: ["MINUTELY", 1],
  min: ["MINUTELY", 1],
  viertelstunde: ["MINUTELY", 15],
  "viertel stunde": ["MINUTELY", 15],
  "halbe stunde": ["MINUTELY", 30],
  "halben stunde": ["MINUTELY", 30],
  stunde: ["HOURLY", 1],
  std: ["HOURLY", 1],
  tag: ["DAILY", 1],
  woche: ["WEEKLY", 1],
  monat: ["MONTHLY", 1],
  vierteljahr: ["MONTHLY", 3],
  quartal: ["MONTHLY", 3],
  halbjahr: ["MONTHLY", 6],
  "halbe jahr": ["MONTHLY", 6],
  "halben jahr": ["MONTHLY", 6],
  jahr: ["YEARLY", 1],
  stuendlich: ["HOURLY", 1],
  taeglich: ["DAILY", 1],
  woechentlich: ["WEEKLY", 1],
  monatlich: ["MONTHLY", 1],
  vierteljaehrlich: ["MONTHLY", 3],
  jaehrlich: ["YEARLY", 1],
};
export const unit = `(?:${anyOf(Object.keys(units).filter((word) => !word.endsWith("lich")))})(?:en|e|n|s)?`;
export const unitAdverb = anyOf(Object.keys(units).filter((word) => word.endsWith("lich")));

const weekdayForm = new RegExp(`^(?:${weekday})$`, "u");
const monthForm = new RegExp(`^(?:${month})$`, "u");
const dayGroupForm = new RegExp(`^(?:${dayGroup})$`, "u");
const dateForm = new RegExp(`^(?:${separator}|)${article}(?:(?<b>${dateB})|(?<a>${dateA}))`, "u");
const spokenForm = new RegExp(`^(.*?) ?(?:tag )?(?:(?:im|des|in) )?(${month})$`, "u");

export const german: Lexicon = {
  separator: new RegExp(separator, "u"),
  range: new RegExp(range, "u"),
  article: new RegExp(`^${article}`, "u"),
  weekday: (word) => {
    if (!weekdayForm.test(word)) return undefined;
    return weekdays.indexOf(word.startsWith("sonnabend") ? "sa" : word.slice(0, 2));
  },
  month: (word) => {
    if (!monthForm.test(word)) return undefined;
    if (word.startsWith("jae")) return 1;
    if (word.startsWith("mrz")) return 3;
    return months.indexOf(word.slice(0, 3)) + 1;
  },
  number: (word) => {
    const count = word.replace(/(?:-| ?)mal$| ?x$/, "");
    return numberOf(count);
  },
  ordinal: ordinalOf,
  unit: (word) => ["", "e", "n", "en", "s"].map((end) => units[cut(word, end)]).find((found) => found),
  clock: clockOf,
  partOfDay: (word) => parts[word] ?? parts[word.replace(/s$/, "")],
  dayGroup: (word) => {
    if (!dayGroupForm.test(word)) return undefined;
    return /ende/.test(word) ? [5, 6] : [0, 1, 2, 3, 4];
  },
  datesOf,
  daysAhead: (word) => ({ heute: 0, sofort: 0, morgen: 1, uebermorgen: 2 })[word],
  either: (nth) => [`alle ${nth} Tage`, `am ${nth}. des Monats`],
  examples: {
    MINUTELY: "alle 5 Minuten",
    HOURLY: "alle 20 Minuten",
    DAILY: "jeden Tag um 8:00 und 20:00 Uhr",
    WEEKLY: "jeden Montag und Donnerstag",
    MONTHLY: "jeden Monat am 1. und 15.",
    YEARLY: "jedes Jahr am 1. Januar und 1. Juli",
  },
};

function cut(word: string, end: string): string {
  return word.endsWith(end) ? word.slice(0, word.length - end.length) : word;
}

function clockOf(word: string) {
  if (word === "mitternacht") return { hour: 0, minute: 0, open: false };
  if (word === "mittag") return { hour: 12, minute: 0, open: false };
  const [, before, spoken = ""] = /^(halb|viertel nach|viertel vor) (.*)$/.exec(word) ?? [];
  if (before !== undefined) {
    const hour = numberOf(spoken) ?? 99;
    if (before === "viertel nach") return clockTime(hour, 15);
    return clockTime(hour === 1 ? 12 : hour - 1, before === "halb" ? 30 : 45);
  }
  const [, hour, minute = "0"] = /^(\d+)(?:(?::|\.| ?uhr )(\d+))?/.exec(word) ?? [];
  return clockTime(Number(hour), Number(minute));
}

function datesOf(text: string): DayOfYear[] | undefined {
  const found: DayOfYear[] = [];
  for (let rest = text; rest !== ""; ) {
    const at = dateForm.exec(rest);
    if (at === null) return undefined;
    const { a, b } = at.groups ?? {};
    const days = b === undefined ? spokenDate(a ?? "") : dotted(b);
    if (days === undefined) return undefined;
    found.push(...days);
    rest = rest.slice(at[0].length);
  }
  return found;
}

function spokenDate(text: string): DayOfYear[] | undefined {
  const [, days = "", name = ""] = spokenForm.exec(text) ?? [];
  const of = german.month(name);
  if (of === undefined) return undefined;
  const read = (word: string) => german.ordinal(word);
  return numbersOf(days, { lexicon: german, read })?.map((day) => ({ month: of, day }));
}

/** `24.12.` */
function dotted(text: string): DayOfYear[] | undefined {
  const [day = 0, of = 0] = text.split(/\. ?/).map(Number);
  return of >= 1 && of <= 12 ? [{ month: of, day }] : undefined;
}
