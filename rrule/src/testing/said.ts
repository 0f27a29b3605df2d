import { civilOf, modulo, monthLength, weekdayOf } from "../calendar/civil.ts";
import type { Draw } from "./draw.ts";

/** A text about days in two languages, and which days it means: told for each day by itself, without a rule. */
export interface Said {
  readonly en: string;
  readonly de: string;
  /** Whether a day is meant by what starts on `start`. */
  means(day: number, start: number): boolean;
}

const counts = [
  [2, "two", "second", "zwei", "zweiten"],
  [3, "three", "third", "drei", "dritten"],
  [5, "five", "fifth", "fünf", "fünften"],
  [6, "six", "sixth", "sechs", "sechsten"],
  [7, "seven", "seventh", "sieben", "siebten"],
  [12, "twelve", "twelfth", "zwölf", "zwölften"],
  [16, "sixteen", "sixteenth", "sechzehn", "sechzehnten"],
  [20, "twenty", "twentieth", "zwanzig", "zwanzigsten"],
  [21, "twenty-one", "twenty-first", "einundzwanzig", "einundzwanzigsten"],
  [30, "thirty", "thirtieth", "dreißig", "dreißigsten"],
  [31, "thirty one", "31st", "einunddreißig", "31."],
  [45, "forty-five", "45th", "fünfundvierzig", "fünfundvierzigsten"],
  [99, "ninety-nine", "ninety-ninth", "neunundneunzig", "neunundneunzigsten"],
] as const;
const nths = [
  [1, "first", "ersten"],
  [2, "2nd", "zweiten"],
  [3, "third", "3."],
  [4, "fourth", "vierten"],
  [-1, "last", "letzten"],
  [-2, "second to last", "vorletzten"],
] as const;
const weekdays = [
  ["Monday", "Montag"],
  ["Tuesday", "Dienstag"],
  ["wednesday", "Mittwoch"],
  ["thursday", "donnerstag"],
  ["Friday", "Freitag"],
  ["saturday", "Samstag"],
  ["sunday", "Sonntag"],
] as const;
const months = [
  ["January", "Jänner"],
  ["february", "Februar"],
  ["March", "März"],
  ["April", "april"],
  ["May", "Mai"],
  ["june", "Juni"],
  ["July", "Juli"],
  ["aug", "Aug."],
  ["September", "September"],
  ["oct.", "Okt."],
  ["november", "November"],
  ["December", "Dezember"],
] as const;
const all = [0, 1, 2, 3, 4, 5, 6];

/** Something that says on which days, and that cannot be meant otherwise. */
export function drawSaid(draw: Draw): Said {
  return draw.one([
    everyDays,
    everyWeeks,
    namedDays,
    allButSome,
    aRange,
    nthOfMonth,
    dayOfMonth,
    onDate,
    dayOfNamed,
  ])(draw);
}

function everyDays(draw: Draw): Said {
  const [count, en, nth, de, nthDe] = draw.one(counts);
  return {
    ...draw.one([
      { en: `every ${count} days`, de: `alle ${count} Tage` },
      { en: `every ${en} days`, de: `alle ${de} Tage` },
      { en: `every ${nth} day`, de: `jeden ${nthDe} Tag` },
    ]),
    means: (day, start) => (day - start) % count === 0,
  };
}

function everyWeeks(draw: Draw): Said {
  const [count] = draw.one(counts);
  const days = draw.some(all, 3);
  const [en, de] = listed(days);
  return {
    ...draw.one([
      { en: `every ${count} weeks on ${en}`, de: `alle ${count} Wochen am ${de}` },
      { en: `every ${count * 7} days on ${en}`, de: `alle ${count * 7} Tage am ${de}` },
      { en: `on ${en} every ${count} weeks`, de: `am ${de} alle ${count} Wochen` },
    ]),
    means: (day, start) =>
      days.includes(weekdayOf(day)) && ((mondayOf(day) - mondayOf(start)) / 7) % count === 0,
  };
}

function namedDays(draw: Draw): Said {
  const days = draw.some(all, 4);
  const [en, de] = listed(days);
  return {
    ...draw.one([
      { en: `every ${en}`, de: `jeden ${de}` },
      { en: `weekly on ${en}`, de: `wöchentlich am ${de}` },
    ]),
    means: (day) => days.includes(weekdayOf(day)),
  };
}

function allButSome(draw: Draw): Said {
  const days = draw.some(all, 4);
  const [en, de] = listed(days);
  return {
    ...draw.one([
      { en: `every day except ${en}`, de: `jeden Tag außer ${de}` },
      { en: `daily but not on ${en}`, de: `täglich, nicht am ${de}` },
    ]),
    means: (day) => !days.includes(weekdayOf(day)),
  };
}

function aRange(draw: Draw): Said {
  const from = draw.number(0, 6);
  const size = draw.number(1, 5);
  const to = (from + size) % 7;
  const [[en, de] = ["", ""], [enTo, deTo] = ["", ""]] = [weekdays[from], weekdays[to]];
  return {
    ...draw.one([
      { en: `${en} to ${enTo}`, de: `${de} bis ${deTo}` },
      { en: `every ${en} through ${enTo}`, de: `jeden ${de} bis ${deTo}` },
      { en: `${en.slice(0, 3)}-${enTo.slice(0, 3)}`, de: `${de.slice(0, 2)} – ${deTo.slice(0, 2)}` },
    ]),
    means: (day) => modulo(weekdayOf(day) - from, 7) <= size,
  };
}

function nthOfMonth(draw: Draw): Said {
  const [ordinal, en, de] = draw.one(nths);
  const weekday = draw.number(0, 6);
  const [name, nameDe] = weekdays[weekday] ?? ["", ""];
  const count = draw.one([1, 2, 3, 6]);
  const every =
    count === 1 ? ["every month", "jeden Monat"] : [`every ${count} months`, `alle ${count} Monate`];
  return {
    ...draw.one([
      { en: `${every[0]} on the ${en} ${name}`, de: `${every[1]} am ${de} ${nameDe}` },
      { en: `on the ${en} ${name}, ${every[0]}`, de: `am ${de} ${nameDe}, ${every[1]}` },
    ]),
    means: (day, start) =>
      monthsFrom(start, day) % count === 0 && weekdayOf(day) === weekday && isNth(day, ordinal),
  };
}

function dayOfMonth(draw: Draw): Said {
  const number = draw.one([1, 2, 3, 15, 21, 28, 30, 31, -1]);
  const count = draw.one([1, 2, 3, 5]);
  const [en, de] = number < 0 ? ["last day", "letzten Tag"] : [numbered(number), `${number}.`];
  const every = count === 1 ? ["monthly", "monatlich"] : [`every ${count} months`, `alle ${count} Monate`];
  return {
    en: `${every[0]} on the ${en}`,
    de: `${every[1]} am ${de}`,
    means: (day, start) => monthsFrom(start, day) % count === 0 && isNumbered(day, number),
  };
}

function onDate(draw: Draw): Said {
  const [month, number] = [draw.number(1, 12), draw.number(1, 28)];
  const [name, nameDe] = months[month - 1] ?? ["", ""];
  const size = draw.one([12, 6, 3, 4, 2]);
  const every = {
    12: ["every year", "jährlich"],
    6: ["semiannually", "halbjährlich"],
    3: ["quarterly", "vierteljährlich"],
  }[size] ?? [`every ${size} months`, `alle ${size} Monate`];
  return {
    ...draw.one([
      { en: `${every[0]} on ${name} ${number}`, de: `${every[1]} am ${number}. ${nameDe}` },
      { en: `${every[0]} on the ${numbered(number)} of ${name}`, de: `${every[1]} am ${number}.${month}.` },
    ]),
    means: (day) => {
      const found = civilOf(day);
      return found.day === number && modulo(found.month - month, size) === 0;
    },
  };
}

function dayOfNamed(draw: Draw): Said {
  const [number, en, de] = draw.one(nths);
  const month = draw.number(1, 12);
  const [name, nameDe] = months[month - 1] ?? ["", ""];
  return {
    en: `on the ${en} day of ${name}`,
    de: `am ${de} Tag im ${nameDe}`,
    means: (day) => civilOf(day).month === month && isNumbered(day, number),
  };
}

function listed(days: readonly number[]): [en: string, de: string] {
  const join = (names: readonly string[], and: string) =>
    names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${and} ${names.at(-1)}`;
  const named = days.map((day) => weekdays[day] ?? (["", ""] as const));
  return [
    join(
      named.map(([en]) => en),
      "and",
    ),
    join(
      named.map(([, de]) => de),
      "und",
    ),
  ];
}

function numbered(value: number): string {
  return `${value}${value > 10 && value < 14 ? "th" : (["th", "st", "nd", "rd"][value % 10] ?? "th")}`;
}

function mondayOf(day: number): number {
  return day - weekdayOf(day);
}

function monthsFrom(start: number, day: number): number {
  const [from, to] = [civilOf(start), civilOf(day)];
  return (to.year - from.year) * 12 + to.month - from.month;
}

function isNth(day: number, ordinal: number): boolean {
  const { year, month, day: number } = civilOf(day);
  const fromEnd = monthLength(year, month) - number;
  return ordinal > 0 ? Math.ceil(number / 7) === ordinal : Math.floor(fromEnd / 7) === -ordinal - 1;
}

function isNumbered(day: number, number: number): boolean {
  const { year, month, day: found } = civilOf(day);
  return number > 0 ? found === number : found === monthLength(year, month) + number + 1;
}
