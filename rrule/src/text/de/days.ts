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
import { readPartOfDay } from "../read/times.ts";
import { ordinal } from "./numbers.ts";
import {
  countedWeekday,
  dates,
  dayGroup,
  firstWeekday,
  german,
  list,
  month,
  part,
  range,
  ranged,
  weekday,
  weekdayList,
} from "./words.ts";

const on =
  "(?:(?<onEvery>an jede[mr]|zu jede[mr]) |(?<every>jede[nrsm]?) |(?:am|an|zum|zu|jeweils am|immer am|jeweils|immer) )?(?:(?:den|dem|der) )?";
const ofMonth =
  "(?<month> (?:(?:des|im|eines|in) (?:(?<each>jede[nmrs]) )?|(?<eachMonth>jede[ns]) )monat(?:s|es)?)?";
const within = `(?:(?=(?<within> (?:des|im|in) (?:${month})))|)`;
const ofYear = "(?<year> (?:des|im|jedes) jahr(?:es|s)?)?";
const ifIt = "(?:und )?(?:wenn|falls) es";
const except = "(?:ausser|ausgenommen|ohne|nicht|bis auf)(?: (?:am|an|im|in))?(?: (?:den|dem))?";
/** No range in words: "am 1. bis 5. Juni" ends in June. */
const monthDay = `${ordinal}(?: ?- ?${ordinal})?(?: tag(?:e?s)?)?`;
const numbers = ranged("\\d{1,3}(?![.:\\d])");
const days = weekdayList(`${firstWeekday}|${dayGroup}`, `${weekday}|${dayGroup}`);
const anyDays = ranged(`${weekday}|${dayGroup}`);

export const dateClauses: Clause[] = [
  clause(
    "days",
    `${on}(?<list>${list(ordinal)}) tag(?:e|es)? (?:des|im|jedes) jahre?s?`,
    readYearDays(german),
  ),
  clause("days", `${on}(?<list>${dates})`, readDates(german)),
  clause(
    "days",
    `in der (?<list>${list(ordinal)}) (?:kalender)?woche (?:des|im|jedes) jahre?s?`,
    readWeeks(german),
  ),
  clause("days", `in (?:der )?(?:kw|kalenderwochen?|woche) (?<list>${numbers})`, readWeeks(german)),
  clause("days", `an (?:den )?tag(?:en)? (?<list>${numbers})(?<year> des jahres)?`, readNumberedDays(german)),
  clause(
    "days",
    `(?:am |zum |zu |jeweils )?(?:(?<end>ende)|anfang|beginn) (?:(?:des|eines|jedes|jeden) )?(?:(?<period>monats|quartals|vierteljahres|halbjahr(?:e?s)|jahres)|(?<name>${month}))`,
    readEdge(german),
  ),
  clause(
    "days",
    "(?:am |zum |jede[ns] )?(?:(?<end>monatsende|monatsletzten|ultimo)|monatsanfang|monatsersten)",
    (groups, draft, today) => readEdge(german)({ ...groups, period: "monat" }, draft, today),
  ),
  clause("days", "(?:am |zum |jedes )?(?:(?<end>quartalsende)|quartalsanfang)", (groups, draft, today) =>
    readEdge(german)({ ...groups, period: "quartal" }, draft, today),
  ),
  clause("days", "(?:am |zum |jedes )?(?:(?<end>jahresende)|jahresanfang)", (groups, draft, today) =>
    readEdge(german)({ ...groups, period: "jahr" }, draft, today),
  ),
];

export const dayClauses: Clause[] = [
  clause("days", `${ifIt} der (?<list>${list(ordinal)}) tag des jahres ist`, readYearDays(german)),
  clause("days", `${ifIt} in der (?<list>${list(ordinal)}) woche des jahres ist`, readWeeks(german)),
  clause(
    "days",
    `${ifIt} (?:(?:ein|der) )?(?<list>${list(`(?:${ordinal} )?(?:${weekday})`)})(?<year> des jahres)? ist`,
    readIfDays(german),
  ),
  clause("days", `${ifIt} der (?<list>${list(`${ordinal}(?: tag)?`)}) ist`, readIfMonthDays(german)),
  clause(
    "days",
    `(?:(?:jede[nr]|am) )?(?<day>${weekday})(?: ?,)? (?:den|der|dem) (?<list>${ordinal})(?! (?:${weekday}))`,
    ({ day = "", list: nth = "" }, draft, today) => {
      const read = readIfDays(german)({ list: day }, draft, today);
      return read && readMonthDays(german, { alone: () => true })({ list: nth }, draft, today);
    },
  ),
  clause("days", `${except} (?<list>${anyDays})`, readExceptDays(german)),
  clause("months", `${except} (?<list>${ranged(month)})`, readExceptMonths(german)),
  clause(
    "days",
    `${on}(?<list>${list(ordinal)}) (?:werk|arbeits|wochen)tag(?:e?s)?${ofMonth}`,
    readWorkdays(german),
  ),
  clause(
    "days",
    `${on}(?<list>${list(`${ordinal} (?:${countedWeekday})`)})${ofYear}${ofMonth}${within}`,
    readNth(german),
  ),
  clause(
    "days",
    `${on}(?<list>${list(ordinal)}) (?<day>${countedWeekday})${ofYear}${ofMonth}${within}`,
    readNth(german),
  ),
  clause("days", "werktaeglich|arbeitstaeglich|wochentaeglich|unter der woche", (_, draft, today) =>
    readWeekdays(german)({ list: "werktag" }, draft, today),
  ),
  clause(
    "days",
    `(?:von )?(?:(?:(?<onEvery>an jede[mr])|(?<every>jede[nrsm]?)|am|an|zum|immer|jeweils)(?: am)?(?: (?:den|dem))? )(?<list>${anyDays})`,
    readWeekdays(german),
  ),
  clause("days", `(?:von )?(?<list>${days})`, readWeekdays(german)),
  clause(
    "days",
    `(?:(?<every>jede[nr]) |am |immer )?(?<list>${weekday})(?<part>${part})s?`,
    (groups, draft, today) =>
      readWeekdays(german)(groups, draft, today) &&
      readPartOfDay(german)({ part: groups["part"] }, draft, today),
  ),
  clause(
    "days",
    `${on}(?<list>${list(monthDay)})${ofMonth}`,
    readMonthDays(german, { alone: (word) => /^ersten?$/.test(word) }),
  ),
  clause(
    "months",
    `(?<only>nur )?(?:(?:im|jeden|in) )(?:den monaten )?(?<list>${ranged(month)})`,
    readMonths(german),
  ),
  clause("months", `(?:von )?(?<list>(?:${month})(?:${range})(?:${month}))`, readMonths(german)),
];
