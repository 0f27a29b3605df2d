import { type Clause, clause } from "../clause.ts";
import type { SpokenFrequency } from "../draft.ts";
import { readEvery, readTimesPer, setFrequency } from "../read/frequency.ts";
import { refuse } from "../refusal.ts";
import { number, ordinal } from "./numbers.ts";
import { german, month, unit, unitAdverb } from "./words.ts";

const adverbs: Readonly<Record<string, readonly [SpokenFrequency, number]>> = {
  viertelstuendlich: ["MINUTELY", 15],
  halbstuendlich: ["MINUTELY", 30],
  stuendlich: ["HOURLY", 1],
  taeglich: ["DAILY", 1],
  alltaeglich: ["DAILY", 1],
  tagtaeglich: ["DAILY", 1],
  woechentlich: ["WEEKLY", 1],
  vierzehntaegig: ["WEEKLY", 2],
  vierzehntaeglich: ["WEEKLY", 2],
  monatlich: ["MONTHLY", 1],
  allmonatlich: ["MONTHLY", 1],
  vierteljaehrlich: ["MONTHLY", 3],
  quartalsweise: ["MONTHLY", 3],
  halbjaehrlich: ["MONTHLY", 6],
  jaehrlich: ["YEARLY", 1],
  alljaehrlich: ["YEARLY", 1],
};
const endings: Readonly<Record<string, SpokenFrequency>> = {
  minuetig: "MINUTELY",
  minuetlich: "MINUTELY",
  stuendig: "HOURLY",
  stuendlich: "HOURLY",
  taegig: "DAILY",
  taeglich: "DAILY",
  woechig: "WEEKLY",
  woechentlich: "WEEKLY",
  monatig: "MONTHLY",
  monatlich: "MONTHLY",
  jaehrig: "YEARLY",
  jaehrlich: "YEARLY",
};

/** What makes an ordinal one within a month or a year. */
const within = `(?:(?=(?<within> (?:des|im|in|eines|jedes|jeder|der) (?:jeden )?(?:monats?|jahr(?:es)?|quartals?|woche|${month})))|)`;
const times = `(?:${number})(?:-| ?)mal|\\d{1,4} ?x`;
const per = "(?: ?/ ?| (?:am|pro|je|in der|im|die|den|das|jede[nrsm]?|in jede[rm]) | )";

export const frequencyClauses: Clause[] = [
  clause("frequency", `(?<times>${times})${per}(?<unit>${unit}|${unitAdverb})`, readTimesPer(german)),
  clause(
    "frequency",
    `(?<word>${Object.keys(adverbs)
      .sort((a, b) => b.length - a.length)
      .join("|")})`,
    ({ word = "" }, draft) => {
      const [frequency, interval] = adverbs[word] ?? [];
      return frequency !== undefined && setFrequency(draft, frequency, interval);
    },
  ),
  clause(
    "frequency",
    `(?<number>${number})-?(?<ending>${Object.keys(endings).join("|")})`,
    ({ number: word = "", ending = "" }, draft) => {
      const [frequency, interval] = [endings[ending], german.number(word)];
      if (frequency === undefined || interval === undefined) return false;
      // "14-tägig" is said of weeks.
      const weeks = frequency === "DAILY" && interval % 7 === 0;
      return setFrequency(draft, weeks ? "WEEKLY" : frequency, weeks ? interval / 7 : interval);
    },
  ),
  clause(
    "frequency",
    `jede[nrsm]? (?:einzelne[nrsm]? )?(?:(?<ordinal>${ordinal}) )?(?<unit>${unit})${within}`,
    readEvery(german),
  ),
  clause("frequency", `alle (?:(?<number>${number}) )?(?<unit>${unit})`, readEvery(german)),
];

/** Tried last: "every second Friday" is often enough. */
export const tooOften = clause("frequency", "(?:jede|alle \\d+) sekunden?|sekuendlich", () =>
  refuse("this is too often", "alle 5 Minuten"),
);
