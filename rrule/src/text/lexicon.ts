import { modulo } from "../calendar/civil.ts";
import type { ClockTime, DayOfYear, PartOfDay, SpokenFrequency } from "./draft.ts";

/** A unit of time and how many of it: a quarter is three months. */
export type Unit = readonly [SpokenFrequency, number];

/** What the words of a language mean. Each is `undefined` for a word that is none of the kind. */
export interface Lexicon {
  /** Between the items of a list. */
  readonly separator: RegExp;
  /** Between the ends of a range. */
  readonly range: RegExp;
  /** What may stand before an item. */
  readonly article: RegExp;
  /** Weekdays from 0 for Monday. */
  weekday(word: string): number | undefined;
  month(word: string): number | undefined;
  number(word: string): number | undefined;
  /** 2 for `second`, -1 for `last`, -2 for `2nd to last`. */
  ordinal(word: string): number | undefined;
  unit(word: string): Unit | undefined;
  clock(word: string): ClockTime | undefined;
  partOfDay(word: string): PartOfDay | undefined;
  /** The weekdays of `weekdays` and `weekend`. */
  dayGroup(word: string): readonly number[] | undefined;
  /** The days of `January 1 and 15`. */
  datesOf(text: string): readonly DayOfYear[] | undefined;
  /** `today` is 0, `tomorrow` 1. */
  daysAhead(word: string): number | undefined;
  /** What to write where every nth of something in a month may be two things. */
  either(nth: number): readonly string[];
  /** What to write where a text says how often and not when. */
  readonly examples: Readonly<Record<SpokenFrequency, string>>;
}

/** The items of a list such as `a, b and the c`. */
export function itemsOf(text: string, { separator, article }: Lexicon): string[] {
  return text
    .split(separator)
    .map((item) => item.trim().replace(article, ""))
    .filter((item) => item !== "");
}

/** Numbers of a list, in which a range may stand for all between its ends. */
export function numbersOf(
  text: string,
  { lexicon, read, cycle }: { lexicon: Lexicon; read: (word: string) => number | undefined; cycle?: number },
): number[] | undefined {
  const found: number[] = [];
  for (const item of itemsOf(text, lexicon)) {
    const values = valuesOf(item, { lexicon, read, cycle });
    if (values === undefined) return undefined;
    found.push(...values);
  }
  return new Set(found).size === found.length ? found : undefined;
}

function valuesOf(
  item: string,
  o: { lexicon: Lexicon; read: (word: string) => number | undefined; cycle: number | undefined },
): number[] | undefined {
  const single = o.read(item);
  if (single !== undefined) return [single];
  const [first, last, ...more] = item.split(o.lexicon.range).map((word) => o.read(word.trim()));
  if (first === undefined || last === undefined || more.length > 0) return undefined;
  const size = o.cycle === undefined ? last - first : modulo(last - first, o.cycle);
  if (size < 1 || size > 60) return undefined;
  return Array.from({ length: size + 1 }, (_, index) => wrapped(first + index, o.cycle));
}

/** Months are counted from 1 and weekdays from 0; 7 and 13 are the first again. */
function wrapped(value: number, cycle: number | undefined): number {
  if (cycle === undefined) return value;
  const least = cycle === 12 ? 1 : 0;
  return modulo(value - least, cycle) + least;
}

/** A form of a list. */
export function listForm(
  item: string,
  { separator, article }: { separator: string; article: string },
): string {
  return `(?:${item})(?:${separator}${article}(?:${item}))*`;
}

/** A table of words by what they mean, longest first, as alternatives of a form. */
export function anyOf(words: Iterable<string>): string {
  return [...words].sort((a, b) => b.length - a.length).join("|");
}
