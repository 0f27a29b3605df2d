import type { ByDay } from "../../rule.ts";
import { fill, type Groups, type Read } from "../clause.ts";
import { type DaysSaid, workingDays } from "../draft.ts";
import { itemsOf, type Lexicon, numbersOf } from "../lexicon.ts";
import { refuse } from "../refusal.ts";
import { setFrequency } from "./frequency.ts";

/** Of what was said before the days. */
export function saidBy({ every, onEvery }: Groups): DaysSaid {
  if (onEvery !== undefined) return "on every";
  return every === undefined ? "on" : "every";
}

/** `every Monday and Friday`, `mon-fri`, `on weekdays`, `every other Sunday` */
export function readWeekdays(lexicon: Lexicon): Read {
  return (groups, draft) => {
    const { other, list = "" } = groups;
    const days = weekdaysOf(list, lexicon);
    // Weekdays behind those that are left out may be left out as well.
    if (draft.exceptDays.length > 0) return false;
    if (other !== undefined) {
      if (days?.join() === workingDays.join())
        refuse("it may be days or weeks of which every second is meant");
      if (!setFrequency(draft, "WEEKLY", 2)) return false;
    }
    draft.daysSaid = other === undefined ? saidBy(groups) : "on";
    return fill(draft.days, days);
  };
}

/** `except on Sundays` */
export function readExceptDays(lexicon: Lexicon): Read {
  return ({ list = "" }, draft) =>
    !/\b(?:every|each|jede[nrsm]?)\b/.test(list) && fill(draft.exceptDays, weekdaysOf(list, lexicon));
}

/** `on the first Monday and third Friday`, `on the first and third Monday of the year` */
export function readNth(lexicon: Lexicon): Read {
  return ({ every, list = "", day, month, year, within }, draft) => {
    const items = itemsOf(list, lexicon);
    const days = items.map((item) => nthOf(day === undefined ? item : `${item} ${day}`, lexicon));
    const [only] = days;
    const alone = every !== undefined && month === undefined && year === undefined && days.length === 1;
    if (alone && only !== undefined && only.ordinal > 1) {
      // Some count weeks and some count within the month.
      draft.confidence *= 0.7;
      if (within === undefined && (only.ordinal === 2 || only.ordinal > 5)) {
        return setFrequency(draft, "WEEKLY", only.ordinal) && fill(draft.days, [only.weekday]);
      }
    }
    if (
      month !== undefined &&
      year === undefined &&
      days.some((found) => Math.abs(found?.ordinal ?? 0) > 5)
    ) {
      return false;
    }
    draft.nthOfYear = year !== undefined;
    return fill(draft.nth, days);
  };
}

/** `on the last workday` */
export function readWorkdays(lexicon: Lexicon): Read {
  return ({ every, list = "", month }, draft) => {
    const positions = itemsOf(list, lexicon).map((item) => lexicon.ordinal(item));
    const unclear = every !== undefined && month === undefined && draft.frequency === undefined;
    const nth = unclear ? positions.find((position) => position !== undefined && position > 1) : undefined;
    if (nth !== undefined) refuse("it may be within a month or always that these workdays are counted");
    return fill(draft.workdays, positions);
  };
}

/** `if it is a Friday or the first Monday`: leaves out other days. */
export function readIfDays(lexicon: Lexicon): Read {
  return ({ list = "", year }, draft) => {
    if (draft.days.length + draft.nth.length > 0) return false;
    for (const item of itemsOf(list, lexicon)) {
      const weekday = lexicon.weekday(item);
      const nth = weekday === undefined ? nthOf(item, lexicon) : undefined;
      if (weekday !== undefined) draft.days.push(weekday);
      else if (nth !== undefined) draft.nth.push(nth);
      else return false;
    }
    draft.daysSaid = "if";
    draft.nthOfYear = year !== undefined;
    return true;
  };
}

function weekdaysOf(list: string, lexicon: Lexicon): number[] | undefined {
  const found: number[] = [];
  for (const item of itemsOf(list, lexicon)) {
    const read = (word: string) => lexicon.weekday(word);
    const days = lexicon.dayGroup(item) ?? numbersOf(item, { lexicon, read, cycle: 7 });
    if (days === undefined) return undefined;
    found.push(...days);
  }
  return [...new Set(found)].sort((a, b) => a - b);
}

function nthOf(text: string, lexicon: Lexicon): ByDay | undefined {
  const space = text.lastIndexOf(" ");
  const ordinal = lexicon.ordinal(text.slice(0, space).trim());
  const weekday = lexicon.weekday(text.slice(space + 1));
  return ordinal === undefined || weekday === undefined ? undefined : { weekday, ordinal };
}
