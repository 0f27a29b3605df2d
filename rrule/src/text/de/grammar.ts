import type { ByDay, Frequency } from "../../rule.ts";
import {
  type Clause,
  clause,
  clockTime,
  dateText,
  fill,
  type Grammar,
  items,
  setFrequency,
} from "../clause.ts";
import { type Draft, workingDays } from "../draft.ts";
import {
  listOf,
  month,
  monthOf,
  number,
  numberOf,
  ordinal,
  ordinalOf,
  separatorForm,
  weekday,
  weekdayOf,
} from "./words.ts";

const every = "jede[nrsm]?";
const on = `(?:(?:an\\s+jedem|${every}|am|an|zum|den)\\s+)?(?:(?:den|dem)\\s+)?`;
const ofMonth = "(?:\\s+(?:des|im|eines|jedes)\\s+(?:jeden\\s+)?monats?)?";
const clock = "(?:\\d{1,2}[:.]\\d{2}(?:\\s*uhr)?|\\d{1,2}\\s*uhr(?:\\s+\\d{1,2})?|\\d{1,2}|mitternacht)";
const date = `(?:(?<iso>\\d{4}-\\d{2}-\\d{2})|(?<dayA>\\d{1,2})\\.(?<monthA>\\d{1,2})\\.(?<yearA>\\d{4})?|(?<dayB>\\d{1,2})\\.\\s*(?<monthB>${month})(?:\\s+(?<yearB>\\d{4}))?)`;

const adverbs: Record<string, [Frequency, number]> = {
  täglich: ["DAILY", 1],
  wöchentlich: ["WEEKLY", 1],
  zweiwöchentlich: ["WEEKLY", 2],
  vierzehntägig: ["WEEKLY", 2],
  "14-tägig": ["WEEKLY", 2],
  monatlich: ["MONTHLY", 1],
  zweimonatlich: ["MONTHLY", 2],
  vierteljährlich: ["MONTHLY", 3],
  quartalsweise: ["MONTHLY", 3],
  halbjährlich: ["MONTHLY", 6],
  jährlich: ["YEARLY", 1],
};
const units: Record<string, [Frequency, number]> = {
  tag: ["DAILY", 1],
  woche: ["WEEKLY", 1],
  monat: ["MONTHLY", 1],
  quartal: ["MONTHLY", 3],
  halbjahr: ["MONTHLY", 6],
  jahr: ["YEARLY", 1],
};
const unit = `(?<unit>${Object.keys(units).reverse().join("|")})(?:en|e|n)?`;

const frequency: Clause[] = [
  clause("frequency", `(?<word>${Object.keys(adverbs).join("|")})`, ({ word = "" }, draft) => {
    const [found, interval] = adverbs[word.toLowerCase()] ?? [];
    return found !== undefined && setFrequency(draft, found, interval);
  }),
  clause(
    "frequency",
    `${every}\\s+(?:(?<step>${ordinal})\\s+)?${unit}`,
    ({ step, unit: name = "" }, draft) => {
      const [found, size = 1] = units[name.toLowerCase()] ?? [];
      // "Jeden letzten Tag" is a day of a month.
      const steps = step === undefined ? 1 : (ordinalOf(step) ?? 0);
      return found !== undefined && steps > 0 && setFrequency(draft, found, size * steps);
    },
  ),
  clause("frequency", `alle\\s+(?:(?<step>${number})\\s+)?${unit}`, ({ step, unit: name = "" }, draft) => {
    const [found, size = 1] = units[name.toLowerCase()] ?? [];
    return (
      found !== undefined && setFrequency(draft, found, size * (step === undefined ? 1 : numberOf(step)))
    );
  }),
  clause(
    "frequency",
    "einmal\\s+(?:am|pro|in\\s+der|im)\\s+(?<unit>tag|woche|monat|quartal|halbjahr|jahr)",
    ({ unit: name = "" }, draft) => {
      const [found, size] = units[name.toLowerCase()] ?? [];
      return found !== undefined && setFrequency(draft, found, size);
    },
  ),
];

const days: Clause[] = [
  clause(
    "days",
    `${every}\\s+(?:zweiten|2\\.)\\s+(?<list>${weekday})(?!\\s+(?:des|im|eines|jedes)\\b)`,
    ({ list = "" }, draft) => {
      // To most this is a matter of weeks; some mean the second one of the month.
      draft.confidence *= 0.7;
      return setFrequency(draft, "WEEKLY", 2) && fill(draft.days, [weekdayOf(list)]);
    },
  ),
  clause(
    "days",
    `${on}(?<list>${listOf(ordinal)})\\s+(?:werk|arbeits|wochen)tag(?:e?s)?${ofMonth}`,
    ({ list = "" }, draft) => fill(draft.workdays, items(list, separatorForm).map(ordinalOf)),
  ),
  clause(
    "days",
    `${on}(?<list>${listOf(`${ordinal}\\s+(?:${weekday})`)})(?<year>\\s+des\\s+jahres)?${ofMonth}`,
    ({ list = "", year }, draft) => {
      if (year !== undefined) draft.frequency ??= "YEARLY";
      return fill(draft.nth, items(list, separatorForm).map(nthOf));
    },
  ),
  clause(
    "days",
    `${on}(?<list>${listOf(ordinal)})\\s+(?<day>${weekday})${ofMonth}`,
    ({ list = "", day = "" }, draft) =>
      fill(
        draft.nth,
        items(list, separatorForm).map((word) => nthOf(`${word} ${day}`)),
      ),
  ),
  clause(
    "days",
    `(?:(?:an|${every})\\s+)?(?:werk|wochen|arbeits)tag(?:s|en|e)?|unter\\s+der\\s+woche`,
    (_, draft) => fill(draft.days, workingDays),
  ),
  clause("days", `(?:(?:am|an|${every})\\s+)?wochenenden?s?`, (_, draft) => fill(draft.days, [5, 6])),
  clause("days", `(?:(?:am|an|immer|${every})\\s+)*(?<list>${listOf(weekday)})`, ({ list = "" }, draft) =>
    fill(
      draft.days,
      items(list, separatorForm).map((word) => weekdayOf(word.replace(/^(?:am|den|der)\s+/i, ""))),
    ),
  ),
];

const dates: Clause[] = [
  clause(
    "days",
    `${on}(?<list>${listOf("\\d{1,2}\\.")})\\s*(?<month>${month})`,
    ({ list = "", month: name = "" }, draft) => {
      const numbers = items(list, separatorForm).map((word) => Number.parseInt(word.replace(/^\D+/, ""), 10));
      return fill(draft.months, [monthOf(name)]) && fill(draft.monthDays, numbers);
    },
  ),
  clause("days", `(?:am\\s+)?(?:monatsende|monatsletzten|ultimo)`, (_, draft) => fill(draft.monthDays, [-1])),
  clause("days", `(?:am\\s+)?(?:monatsanfang|monatsersten)`, (_, draft) => fill(draft.monthDays, [1])),
  clause(
    "days",
    `${on}(?<list>${listOf(ordinal)})(?<day>\\s+tag(?:e?s)?)?${ofMonth}`,
    ({ list = "", day }, draft) => {
      const found = items(list, separatorForm);
      // "Am letzten" alone needs a day, "am 15." does not.
      if (day === undefined && found.some((word) => !/\d\.$/.test(word))) return false;
      return fill(draft.monthDays, found.map(ordinalOf));
    },
  ),
  clause("months", `(?:im\\s+|jeden\\s+|in\\s+)(?<list>${listOf(month)})`, ({ list = "" }, draft) =>
    fill(draft.months, items(list, separatorForm).map(monthOf)),
  ),
];

const others: Clause[] = [
  clause("time", `um\\s+(?<list>${listOf(clock)})(?:\\s*uhr)?`, timesOf),
  clause("time", `(?<list>\\d{1,2}(?:[:.]\\d{2})?\\s*uhr|\\d{1,2}:\\d{2})`, timesOf),
  clause("time", "mittags", (_, draft) => fill(draft.times, [clockTime(12, 0)])),
  clause("end", `bis\\s+(?:zum\\s+)?${date}`, (groups, draft, today) => {
    const { iso, dayA, monthA, yearA, dayB, monthB, yearB } = groups;
    const [isoYear, isoMonth, isoDay] = (iso ?? "").split("-").map(Number);
    const year = yearA ?? yearB;
    draft.until = dateText(
      iso === undefined
        ? {
            year: year === undefined ? undefined : Number(year),
            month: monthA === undefined ? monthOf(monthB ?? "") : Number(monthA),
            day: Number(dayA ?? dayB),
          }
        : { year: isoYear, month: isoMonth, day: isoDay ?? 0 },
      today,
    );
    return draft.until !== undefined && draft.count === undefined;
  }),
  clause("end", `(?:für\\s+)?(?<count>${number})(?:-|\\s*)mal`, ({ count = "" }, draft) => {
    if (draft.count !== undefined || draft.until !== undefined) return false;
    draft.count = numberOf(count);
    return true;
  }),
];

export const germanGrammar: Grammar = {
  clauses: [...frequency, ...dates.slice(0, 1), ...days, ...dates.slice(1), ...others],
  filler: /\s+|,|\.$/,
  completion: /(?<![\p{L}])(?:jede[nrsm]?|alle)!/iu,
};

function nthOf(text: string): ByDay | undefined {
  const space = text.lastIndexOf(" ");
  const [nth, day] = [ordinalOf(text.slice(0, space).trim()), weekdayOf(text.slice(space + 1))];
  return nth === undefined || day === undefined ? undefined : { weekday: day, ordinal: nth };
}

function timesOf({ list = "" }: Record<string, string | undefined>, draft: Draft): boolean {
  return fill(draft.times, items(list, separatorForm).map(timeOf));
}

function timeOf(word: string) {
  if (/^mitternacht/i.test(word)) return clockTime(0, 0);
  const [, hour, minute = "0"] = /^(\d+)(?:(?::|\.|\s*uhr\s+)(\d+))?/i.exec(word) ?? [];
  return clockTime(Number(hour), Number(minute));
}
