import { fill, type Read } from "../clause.ts";
import { itemsOf, type Lexicon, numbersOf } from "../lexicon.ts";
import { refuse } from "../refusal.ts";
import { saidBy } from "./days.ts";

/** `on January 1 and July 1` */
export function readDates(lexicon: Lexicon): Read {
  return ({ list = "" }, draft) => fill(draft.dates, lexicon.datesOf(list));
}

const namesDay = / (?:day|tag(?:e?s)?)$/;

/** `on the 1st and last day of the month` */
export function readMonthDays(lexicon: Lexicon, o: { alone: (word: string) => boolean }): Read {
  return (groups, draft) => {
    const { list = "", month, eachMonth } = groups;
    const read = (word: string) => lexicon.ordinal(word);
    const ofMonth = month !== undefined || draft.frequency === "MONTHLY";
    // "The last" alone needs a day, "the 15th" does not.
    const words = itemsOf(list, lexicon);
    // A day that is named last is named for all: "am vorletzten und letzten Tag".
    const named = namesDay.test(words.at(-1) ?? "");
    const incomplete = words.some((word) => {
      if (named || namesDay.test(word) || /\d(?:st|nd|rd|th|\.)$/.test(word)) return false;
      return (lexicon.ordinal(word) ?? 1) < 0 || !(ofMonth || o.alone(word));
    });
    if (incomplete) return false;
    draft.monthDaysSaid = saidBy(groups);
    const nth = words.length === 1 && namesDay.test(list) ? (lexicon.ordinal(list) ?? 0) : 0;
    if (draft.monthDaysSaid !== "on" && nth > 1) {
      refuse(`it may be number ${nth} or every ${nth} that is meant`, ...lexicon.either(nth));
    }
    draft.monthDaysOpen = draft.monthDaysSaid === "every" && namesDay.test(list) && month === undefined;
    draft.ofEveryMonth = eachMonth !== undefined;
    return fill(draft.monthDays, numbersOf(list, { lexicon, read }));
  };
}

/** `on days 1 and 15` */
export function readNumberedDays(lexicon: Lexicon): Read {
  return ({ list = "", year }, draft) => {
    const numbers = numbersOf(list, { lexicon, read: (word) => lexicon.number(word) });
    return fill(year === undefined ? draft.monthDays : draft.yearDays, numbers);
  };
}

/** `if it is the 13th`: leaves out other days. */
export function readIfMonthDays(lexicon: Lexicon): Read {
  return ({ list = "" }, draft) => {
    draft.monthDaysSaid = "if";
    return fill(draft.monthDays, numbersOf(list, { lexicon, read: (word) => lexicon.ordinal(word) }));
  };
}

/** `on the 100th day of the year` */
export function readYearDays(lexicon: Lexicon): Read {
  return ({ list = "" }, draft) =>
    fill(draft.yearDays, numbersOf(list, { lexicon, read: (word) => lexicon.ordinal(word) }));
}

/** `in the 20th week of the year`, `in week 20` */
export function readWeeks(lexicon: Lexicon): Read {
  return ({ list = "" }, draft) => {
    const read = (word: string) => lexicon.ordinal(word) ?? lexicon.number(word);
    return fill(draft.weeks, numbersOf(list, { lexicon, read }));
  };
}

/** `in January and July`, `only in August`, `from June to August` */
export function readMonths(lexicon: Lexicon): Read {
  return ({ only, list = "" }, draft) => {
    draft.onlyMonths = only !== undefined;
    return fill(draft.months, monthsOf(list, lexicon));
  };
}

/** `except in August` */
export function readExceptMonths(lexicon: Lexicon): Read {
  return ({ list = "" }, draft) => fill(draft.exceptMonths, monthsOf(list, lexicon));
}

/** `at the end of the month`, `at the start of every quarter` */
export function readEdge(lexicon: Lexicon): Read {
  return ({ end, period = "", name }, draft) => {
    const day = end === undefined ? 1 : -1;
    if (name !== undefined) return fill(draft.months, [lexicon.month(name)]) && fill(draft.monthDays, [day]);
    const [frequency, size = 1] = lexicon.unit(period) ?? [];
    if (frequency === "MONTHLY" && size === 1) return fill(draft.monthDays, [day]);
    const months = frequency === "YEARLY" ? 12 : size;
    if (frequency !== "YEARLY" && frequency !== "MONTHLY") return false;
    const ends = Array.from({ length: 12 / months }, (_, index) => (index + 1) * months);
    return (
      fill(draft.months, end === undefined ? ends.map((month) => month - months + 1) : ends) &&
      fill(draft.monthDays, [day])
    );
  };
}

function monthsOf(list: string, lexicon: Lexicon): number[] | undefined {
  return numbersOf(list, { lexicon, read: (word) => lexicon.month(word), cycle: 12 });
}
