/** Weekdays, 0 for Monday, by the first letters that tell them apart. */
const weekdays = ["mo", "tu", "we", "th", "fr", "sa", "su"];
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const numbers = "one two three four five six seven eight nine ten eleven twelve".split(" ");
const ordinals = ["first", "second", "third", "fourth", "fifth"];

export const weekday =
  "(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:days?)?|wednesdays?|thursdays?|saturdays?";
export const month =
  "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
export const number = `\\d{1,4}|${numbers.join("|")}`;
export const separator = "(?:\\s*,\\s*and\\s+|\\s*,\\s*or\\s+|\\s*,\\s*|\\s+and\\s+|\\s+or\\s+|\\s*&\\s*)";
export const separatorForm = new RegExp(separator, "iu");
/** `first`, `2nd`, `last`, `2nd to last` */
export const ordinal = `(?:(?:${ordinals.join("|")}|\\d{1,2}(?:st|nd|rd|th)|next)[ -]to[ -]last|last|${ordinals.join("|")}|\\d{1,2}(?:st|nd|rd|th))`;

export function listOf(item: string): string {
  return `(?:${item})(?:${separator}(?:the\\s+)?(?:${item}))*`;
}

export function weekdayOf(word: string): number | undefined {
  const found = weekdays.indexOf(word.slice(0, 2).toLowerCase());
  return found < 0 ? undefined : found;
}

export function monthOf(word: string): number | undefined {
  const found = months.indexOf(word.slice(0, 3).toLowerCase());
  return found < 0 ? undefined : found + 1;
}

export function numberOf(word: string): number {
  const found = numbers.indexOf(word.toLowerCase());
  return found < 0 ? Number.parseInt(word, 10) : found + 1;
}

/** 2 for `second`, -1 for `last`, -2 for `2nd to last`. */
export function ordinalOf(text: string): number | undefined {
  const word = text.toLowerCase().replace(/\s+day$/, "");
  if (word === "last") return -1;
  const fromEnd = /^(.*)[ -]to[ -]last$/.exec(word)?.[1];
  if (fromEnd === "next") return -2;
  const known = ordinals.indexOf(fromEnd ?? word);
  const value = known < 0 ? Number.parseInt(fromEnd ?? word, 10) : known + 1;
  if (Number.isNaN(value)) return undefined;
  return fromEnd === undefined ? value : -value;
}
