import { type Clause, clause } from "../clause.ts";
import type { SpokenFrequency } from "../draft.ts";
import { readEvery, readTimesPer, setFrequency } from "../read/frequency.ts";
import { refuse } from "../refusal.ts";
import { number, ordinal } from "./numbers.ts";
import { english, month, unit, unitAdverb } from "./words.ts";

/** An adverb's frequency and interval, and how sure it is that it means this. */
const adverbs: Readonly<Record<string, readonly [SpokenFrequency, number, number?]>> = {
  hourly: ["HOURLY", 1],
  "half-hourly": ["MINUTELY", 30],
  daily: ["DAILY", 1],
  everyday: ["DAILY", 1],
  weekly: ["WEEKLY", 1],
  fortnightly: ["WEEKLY", 2],
  // Twice a week, or every two weeks? Dictionaries have both.
  biweekly: ["WEEKLY", 2, 0.6],
  "bi-weekly": ["WEEKLY", 2, 0.6],
  monthly: ["MONTHLY", 1],
  bimonthly: ["MONTHLY", 2, 0.6],
  "bi-monthly": ["MONTHLY", 2, 0.6],
  quarterly: ["MONTHLY", 3],
  semiannually: ["MONTHLY", 6],
  "semi-annually": ["MONTHLY", 6],
  semiannual: ["MONTHLY", 6],
  "half-yearly": ["MONTHLY", 6],
  "half yearly": ["MONTHLY", 6],
  yearly: ["YEARLY", 1],
  annually: ["YEARLY", 1],
  annual: ["YEARLY", 1],
  biennially: ["YEARLY", 2, 0.8],
  biennial: ["YEARLY", 2, 0.8],
};
const ambiguous: Readonly<Record<string, readonly [string, string]>> = {
  "bi-?(?:annual(?:ly)?|yearly)": ["every 6 months", "every 2 years"],
  "semi-?weekly": ["every Monday and Thursday", "every 2 weeks"],
  "semi-?monthly": ["every month on the 1st and 15th", "every 2 weeks"],
};

/** What makes an ordinal one within a month or a year. */
const within = `(?:(?=(?<within> (?:of|in) (?:(?:the|each|every|a) )?(?:month|year|quarter|week|${month})))|)`;
const times = `once|twice|thrice|(?:${number}) ?(?:times?|x)`;
const per = "(?:(?: ?/ ?| (?:a|an|per|each|every|in a|in every)? ?))";

export const frequencyClauses: Clause[] = [
  ...Object.entries(ambiguous).map(([form, both]) =>
    clause("frequency", form, () => refuse("this word has two meanings", ...both)),
  ),
  clause("frequency", `(?<times>${times})${per}(?<unit>${unit}|${unitAdverb})`, readTimesPer(english)),
  clause("frequency", "(?:twice|thrice)", () =>
    refuse("how many times is said, and not when", "every day at 8:00 and 20:00", "for 2 times"),
  ),
  clause(
    "frequency",
    Object.keys(adverbs)
      .sort((a, b) => b.length - a.length)
      .map((word) => `(?:${word})`)
      .join("|")
      .replace(/^/, "(?<word>")
      .replace(/$/, ")"),
    ({ word = "" }, draft) => {
      const [frequency, interval, confidence = 1] = adverbs[word] ?? [];
      draft.confidence *= confidence;
      return frequency !== undefined && setFrequency(draft, frequency, interval);
    },
  ),
  clause(
    "frequency",
    `(?:every|each) (?:single |(?<other>other) |(?<number>${number}) |(?<ordinal>${ordinal}) )?(?<unit>${unit})(?![ -]days?\\b)${within}`,
    readEvery(english),
  ),
];

/** Tried last: "every second Friday" is often enough. */
export const tooOften = clause("frequency", "(?:every|each) (?:single |(?:\\d+) )?(?:seconds?|secs?)", () =>
  refuse("this is too often", "every 5 minutes"),
);
