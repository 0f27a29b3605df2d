import { fill, type Read } from "../clause.ts";
import type { ClockTime, Draft } from "../draft.ts";
import { itemsOf, type Lexicon, numbersOf } from "../lexicon.ts";
import { setFrequency } from "./frequency.ts";

/** A time of the day; `undefined` if there is no such time. */
export function clockTime(hour: number, minute: number, half?: string): ClockTime | undefined {
  if (half !== undefined && (hour < 1 || hour > 12)) return undefined;
  const of = half === undefined ? hour : (hour % 12) + (half.startsWith("p") ? 12 : 0);
  if (!(of <= 23 && minute <= 59)) return undefined;
  return { hour: of, minute, open: half === undefined && hour >= 1 && hour <= 12 };
}

/** `at 9 and 17:30`, `at 8 in the evening` */
export function readTimes(lexicon: Lexicon, o: { halfUnsaid?: (word: string) => boolean } = {}): Read {
  return ({ list = "", part, about }, draft) => {
    const words = itemsOf(list, lexicon);
    if (part !== undefined && !setPart(draft, part, lexicon)) return false;
    // Nine in the morning or in the evening?
    if (draft.partOfDay === undefined && words.some((word) => o.halfUnsaid?.(word))) draft.confidence *= 0.9;
    if (about !== undefined) draft.confidence *= 0.9;
    return fill(
      draft.times,
      words.map((word) => lexicon.clock(word)),
    );
  };
}

/** `every morning` is a frequency, `in the morning` only a time. */
export function readPartOfDay(lexicon: Lexicon): Read {
  return ({ every, other, part = "" }, draft) => {
    if (every !== undefined && !setFrequency(draft, "DAILY", other === undefined ? 1 : 2)) return false;
    return setPart(draft, part, lexicon);
  };
}

function setPart(draft: Draft, word: string, lexicon: Lexicon): boolean {
  if (draft.partOfDay !== undefined) return false;
  draft.partOfDay = lexicon.partOfDay(word);
  return draft.partOfDay !== undefined;
}

/** `between 9 and 17`: the hours in which something happens that repeats within a day. */
export function readBetween(lexicon: Lexicon): Read {
  return ({ from = "", to = "" }, draft) => {
    const [first, last] = [lexicon.clock(from), lexicon.clock(to)];
    if (first === undefined || last === undefined || draft.between !== undefined) return false;
    draft.between = { from: first, to: last };
    return true;
  };
}

/** `at hours 10 and 12`, `at minute 30` */
export function readUnits(lexicon: Lexicon): Read {
  return ({ hours, minutes, seconds }, draft) => {
    const read = (word: string) => lexicon.number(word);
    const list = hours ?? minutes ?? seconds ?? "";
    const target = hours !== undefined ? draft.hours : minutes !== undefined ? draft.minutes : draft.seconds;
    return fill(target, numbersOf(list, { lexicon, read }));
  };
}
