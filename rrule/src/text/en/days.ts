import { type Clause, clause } from "../clause.ts";
import {
  readDates,
  readEdge,
  readExceptMonths,
  readIfMonthDays,
  readMonthDays,
  readMonths,
  readNumberedDays,
  readWeeks,
  readYearDays,
} from "../read/dates.ts";
import { readExceptDays, readIfDays, readNth, readWeekdays, readWorkdays } from "../read/days.ts";
import { ordinal } from "./numbers.ts";
import { dates, dayGroup, english, list, month, range, ranged, weekday } from "./words.ts";

const on = "(?:on (?<onEvery>every|each) |(?<every>every|each) |on )?(?:(?:the|an?) )?";
const ofMonth = "(?<month> (?:of|in) (?:(?<eachMonth>each|every) |the |a )?month)?";
const within = `(?:(?=(?<within> (?:of|in) (?:${month})))|)`;
const ofYear = "(?<year> (?:of|in) (?:the|each|every|a) year)?";
const except =
  "(?:except|but|excluding|apart from|other than|without|save)(?: not)?(?: for)?(?: (?:on|in))?(?: the)?";
const numbers = ranged("\\d{1,3}(?![:\\d])");
const days = ranged(`${weekday}|${dayGroup}`);

export const dateClauses: Clause[] = [
  clause("days", `${on}(?<list>${dates})`, readDates(english)),
  clause("days", `${on}(?<list>${list(ordinal)}) days? of (?:the|each|every) year`, readYearDays(english)),
  clause(
    "days",
    `on days? (?<list>${numbers})(?<year> of the year)?(?: of (?:the|each|every) month)?`,
    readNumberedDays(english),
  ),
  clause(
    "days",
    `(?:in|on) (?:the )?(?<list>${list(ordinal)}) weeks? of (?:the|each|every) year`,
    readWeeks(english),
  ),
  clause(
    "days",
    `in (?:calendar )?weeks? (?<list>${numbers})(?: of (?:the|each|every) year)?`,
    readWeeks(english),
  ),
  clause(
    "days",
    `(?:at |on )?(?:(?:every|each) )?(?:the )?(?:(?<end>end)|start|beginning) of (?:(?:the|each|every) )?(?:(?<period>month|quarter|year)|(?<name>${month}))`,
    readEdge(english),
  ),
  clause("days", "(?:at )?(?:the )?(?<end>month)[- ]?end", (groups, draft, today) =>
    readEdge(english)({ ...groups, period: "month" }, draft, today),
  ),
];

export const dayClauses: Clause[] = [
  clause(
    "days",
    `(?:and )?if (?:it is|it's) (?:on )?the (?<list>${list(ordinal)}) days? of the year`,
    readYearDays(english),
  ),
  clause(
    "days",
    `(?:and )?if (?:it is|it's) in the (?<list>${list(ordinal)}) weeks? of the year`,
    readWeeks(english),
  ),
  clause(
    "days",
    `(?:and )?if (?:it is|it's) (?:(?:a|an|the) )?(?<list>${list(`(?:${ordinal} )?(?:${weekday})`)})(?<year> of the year)?(?: of the month)?`,
    readIfDays(english),
  ),
  clause(
    "days",
    `(?:and )?if (?:it is|it's) the (?<list>${list(`${ordinal}(?: day)?`)})(?: of the month)?`,
    readIfMonthDays(english),
  ),
  clause(
    "days",
    `(?:(?:every|on) )?(?<day>${weekday}) the (?<list>${ordinal})(?! ${weekday})`,
    ({ day = "", list: nth = "" }, draft, today) => {
      const read = readIfDays(english)({ list: day }, draft, today);
      return read && readMonthDays(english, { alone: () => true })({ list: nth }, draft, today);
    },
  ),
  clause("days", `${except} (?<list>${days})`, readExceptDays(english)),
  clause("months", `${except} (?<list>${ranged(month)})`, readExceptMonths(english)),
  clause("days", `(?:every|each) (?<other>other) (?<list>${days})`, readWeekdays(english)),
  clause(
    "days",
    `${on}(?<list>${list(`${ordinal}(?: day)?`)}) (?:work(?:ing)?|business|week)[- ]?day${ofMonth}`,
    readWorkdays(english),
  ),
  clause(
    "days",
    `${on}(?<list>${list(`${ordinal} (?:${weekday})`)})${ofYear}${ofMonth}${within}`,
    readNth(english),
  ),
  clause(
    "days",
    `${on}(?<list>${list(ordinal)}) (?<day>${weekday})${ofYear}${ofMonth}${within}`,
    readNth(english),
  ),
  clause("days", `(?:from )?${on}(?:at )?(?<list>${days})`, readWeekdays(english)),
  clause(
    "days",
    `${on}(?<list>${ranged(`${ordinal}(?: day)?`)})${ofMonth}`,
    readMonthDays(english, { alone: (word) => !/^(?:first|second|third|fourth|fifth)$/.test(word) }),
  ),
  clause(
    "months",
    `(?:(?<only>only (?=in |during ))?(?:every|each|in|of|during) )(?:the months? of )?(?<list>${ranged(month)})`,
    readMonths(english),
  ),
  clause("months", `(?:from )?(?<list>(?:${month})(?:${range})(?:${month}))`, readMonths(english)),
];
