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

const every = "(?:every|each)";
const on = `(?:(?:${every}|on)\\s+)?(?:the\\s+)?`;
const ofMonth = "(?:\\s+(?:of|in)\\s+(?:(?:the|each|every|a)\\s+)?month)?";
const clock =
  "(?:\\d{1,2}(?::\\d{2})?\\s*(?:a\\.?m\\b\\.?|p\\.?m\\b\\.?)|\\d{1,2}:\\d{2}|\\d{1,2}(?:\\s+o'clock)?|noon|midday|midnight)";
const date = `(?:(?<iso>\\d{4}-\\d{2}-\\d{2})|(?<monthA>${month})\\s+(?<dayA>\\d{1,2})(?:st|nd|rd|th)?(?:(?:\\s*,\\s*|\\s+)(?<yearA>\\d{4}))?|(?:the\\s+)?(?<dayB>\\d{1,2})(?:st|nd|rd|th)?\\s+(?:of\\s+)?(?<monthB>${month})(?:\\s+(?<yearB>\\d{4}))?)`;

const adverbs: Record<string, [Frequency, number]> = {
  daily: ["DAILY", 1],
  everyday: ["DAILY", 1],
  weekly: ["WEEKLY", 1],
  fortnightly: ["WEEKLY", 2],
  biweekly: ["WEEKLY", 2],
  monthly: ["MONTHLY", 1],
  bimonthly: ["MONTHLY", 2],
  quarterly: ["MONTHLY", 3],
  semiannually: ["MONTHLY", 6],
  yearly: ["YEARLY", 1],
  annually: ["YEARLY", 1],
};
const units: Record<string, [Frequency, number]> = {
  day: ["DAILY", 1],
  week: ["WEEKLY", 1],
  fortnight: ["WEEKLY", 2],
  month: ["MONTHLY", 1],
  quarter: ["MONTHLY", 3],
  year: ["YEARLY", 1],
};

const frequency: Clause[] = [
  clause("frequency", `(?<word>${Object.keys(adverbs).join("|")})`, ({ word = "" }, draft) => {
    const [found, interval] = adverbs[word.toLowerCase()] ?? [];
    // Twice a week, or every two weeks? Dictionaries have both.
    if (/^bi/i.test(word)) draft.confidence *= 0.6;
    return found !== undefined && setFrequency(draft, found, interval);
  }),
  clause(
    "frequency",
    `${every}\\s+(?:(?<step>other|second|third|fourth|${number}|\\d{1,3}(?:nd|rd|th))\\s+)?(?<unit>day|week|fortnight|month|quarter|year)s?`,
    ({ step, unit = "" }, draft) => {
      const [found, size = 1] = units[unit.toLowerCase()] ?? [];
      return found !== undefined && setFrequency(draft, found, size * stepOf(step));
    },
  ),
  clause("frequency", "once\\s+(?:a|per)\\s+(?<unit>day|week|month|quarter|year)", ({ unit = "" }, draft) => {
    const [found, size] = units[unit.toLowerCase()] ?? [];
    return found !== undefined && setFrequency(draft, found, size);
  }),
];

const days: Clause[] = [
  clause(
    "days",
    `${every}\\s+(?:second|2nd)\\s+(?<list>${weekday})(?!\\s+(?:of|in)\\b)`,
    ({ list = "" }, draft) => {
      // To most this is a matter of weeks; some mean the second one of the month.
      draft.confidence *= 0.7;
      return setFrequency(draft, "WEEKLY", 2) && fill(draft.days, [weekdayOf(list)]);
    },
  ),
  clause(
    "days",
    `${on}(?<list>${listOf(`${ordinal}(?:\\s+day)?`)})\\s+(?:work(?:ing\\s+)?|business\\s+|week)day${ofMonth}`,
    ({ list = "" }, draft) => fill(draft.workdays, items(list, separatorForm).map(ordinalOf)),
  ),
  clause(
    "days",
    `${on}(?<list>${listOf(`${ordinal}\\s+(?:${weekday})`)})(?<year>\\s+of\\s+the\\s+year)?${ofMonth}`,
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
  clause("days", `(?:${every}\\s+|on\\s+)?(?:week|work(?:ing\\s+)?|business\\s+)days?`, (_, draft) =>
    fill(draft.days, workingDays),
  ),
  clause("days", `(?:${every}\\s+|on\\s+|at\\s+)?(?:the\\s+)?weekends?`, (_, draft) =>
    fill(draft.days, [5, 6]),
  ),
  clause(
    "days",
    `(?:${every}\\s+(?:(?<step>other)\\s+)?|on\\s+)?(?<list>${listOf(weekday)})`,
    ({ step, list = "" }, draft) => {
      if (step !== undefined && !setFrequency(draft, "WEEKLY", 2)) return false;
      return fill(draft.days, items(list, separatorForm).map(weekdayOf));
    },
  ),
];

const dates: Clause[] = [
  clause(
    "days",
    `${on}(?<month>${month})\\s+(?<list>${listOf("\\d{1,2}(?:st|nd|rd|th)?")})`,
    ({ month: name = "", list = "" }, draft) => dayOfMonth(draft, name, list),
  ),
  clause(
    "days",
    `${on}(?<list>${listOf("\\d{1,2}(?:st|nd|rd|th)?")})\\s+(?:of\\s+)?(?<month>${month})`,
    ({ month: name = "", list = "" }, draft) => dayOfMonth(draft, name, list),
  ),
  clause("days", `${on}(?<list>${listOf(`${ordinal}(?:\\s+day)?`)})${ofMonth}`, ({ list = "" }, draft) => {
    const found = items(list, separatorForm);
    // "The last" alone needs a day, "the 15th" does not.
    if (found.some((word) => !/^\d+(?:st|nd|rd|th)$|day$/i.test(word))) return false;
    return fill(draft.monthDays, found.map(ordinalOf));
  }),
  clause(
    "days",
    "on\\s+days?\\s+(?<list>\\d{1,2}(?:\\s*,\\s*\\d{1,2}|\\s+and\\s+\\d{1,2})*)",
    ({ list = "" }, draft) => fill(draft.monthDays, items(list, separatorForm).map(Number)),
  ),
  clause("months", `(?:${every}\\s+|in\\s+|of\\s+)(?<list>${listOf(month)})`, ({ list = "" }, draft) =>
    fill(draft.months, items(list, separatorForm).map(monthOf)),
  ),
];

const others: Clause[] = [
  clause("time", `(?:at\\s+)(?<list>${listOf(clock)})`, timesOf),
  clause("time", `(?<list>\\d{1,2}(?::\\d{2})?\\s*(?:am|pm)|\\d{1,2}:\\d{2})`, timesOf),
  clause("end", `(?:until|till|through)\\s+${date}`, (groups, draft, today) => {
    const { iso, monthA, dayA, yearA, monthB, dayB, yearB } = groups;
    const [isoYear, isoMonth, isoDay] = (iso ?? "").split("-").map(Number);
    const year = yearA ?? yearB;
    draft.until = dateText(
      iso === undefined
        ? {
            year: year === undefined ? undefined : Number(year),
            month: monthOf(monthA ?? monthB ?? ""),
            day: Number(dayA ?? dayB),
          }
        : { year: isoYear, month: isoMonth, day: isoDay ?? 0 },
      today,
    );
    return draft.until !== undefined && draft.count === undefined;
  }),
  clause(
    "end",
    `(?:for\\s+)?(?<count>${number})\\s+(?:times|occurrences|repetitions)`,
    ({ count = "" }, draft) => {
      if (draft.count !== undefined || draft.until !== undefined) return false;
      draft.count = numberOf(count);
      return true;
    },
  ),
];

export const englishGrammar: Grammar = {
  clauses: [...frequency, ...dates.slice(0, 2), ...days, ...dates.slice(2), ...others],
  filler: /\s+|,|\.$/,
  completion: /\b(?:every|each)!/i,
};

function stepOf(step: string | undefined): number {
  if (step === undefined) return 1;
  if (step.toLowerCase() === "other") return 2;
  return ordinalOf(step) ?? numberOf(step);
}

function nthOf(text: string): ByDay | undefined {
  const space = text.lastIndexOf(" ");
  const [nth, day] = [ordinalOf(text.slice(0, space).trim()), weekdayOf(text.slice(space + 1))];
  return nth === undefined || day === undefined ? undefined : { weekday: day, ordinal: nth };
}

function dayOfMonth(draft: Draft, name: string, list: string): boolean {
  const numbers = items(list, separatorForm).map((word) => Number.parseInt(word, 10));
  return fill(draft.months, [monthOf(name)]) && fill(draft.monthDays, numbers);
}

function timesOf({ list = "" }: Record<string, string | undefined>, draft: Draft): boolean {
  const words = items(list, separatorForm);
  // Nine in the morning or in the evening?
  if (words.some((word) => /^\d+$/.test(word) && Number(word) <= 12)) draft.confidence *= 0.9;
  return fill(draft.times, words.map(timeOf));
}

function timeOf(word: string) {
  if (/^noon|^midday/i.test(word)) return clockTime(12, 0);
  if (/^midnight/i.test(word)) return clockTime(0, 0);
  const [, hour, minute = "0", half] = /^(\d+)(?::(\d+))?\s*([ap])?/i.exec(word) ?? [];
  return clockTime(Number(hour), Number(minute), half);
}
