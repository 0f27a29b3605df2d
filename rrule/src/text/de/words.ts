const weekdays = ["mo", "di", "mi", "do", "fr", "sa", "so"];
const months = ["jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"];
const numbers = "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split(" ");
const ordinals = ["erst", "zweit", "dritt", "viert", "fünft"];

export const weekday =
  "(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?|sonnabends?|(?:mo|di|mi|do|fr|sa|so)\\b\\.?";
export const month =
  "jan(?:uar)?|feb(?:ruar)?|märz|mär|apr(?:il)?|mai|juni?|juli?|aug(?:ust)?|sept?(?:ember)?|okt(?:ober)?|nov(?:ember)?|dez(?:ember)?";
export const number = `\\d{1,4}|${numbers.slice(1).join("|")}`;
export const separator =
  "(?:\\s*,\\s*(?:und\\s+|oder\\s+)?|\\s+und\\s+|\\s+oder\\s+|\\s+sowie\\s+|\\s*&\\s*)";
export const separatorForm = new RegExp(separator, "iu");
/** `ersten`, `2.`, `letzten`, `vorletzten`, `drittletzten`, `4.-letzten` */
export const ordinal = `(?:(?:(?:vor|${ordinals.slice(2).join("|")}|\\d{1,2}\\.?-)?letzt|${ordinals.join("|")})e[nrsm]?|\\d{1,2}\\.)`;

export function listOf(item: string): string {
  return `(?:${item})(?:${separator}(?:(?:am|den|der)\\s+)?(?:${item}))*`;
}

export function weekdayOf(word: string): number | undefined {
  const name = word.toLowerCase();
  const found = weekdays.indexOf(name.startsWith("sonnabend") ? "sa" : name.slice(0, 2));
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

/** 2 for `zweiten` and `2.`, -1 for `letzten`, -2 for `vorletzten`. */
export function ordinalOf(text: string): number | undefined {
  const word = text
    .toLowerCase()
    .replace(/^(?:am|den|der)\s+/, "")
    .replace(/\s+tage?s?$/, "");
  const fromEnd = /^(.*?)[.]?-?letzte[nrsm]?$/.exec(word)?.[1];
  if (fromEnd === "") return -1;
  if (fromEnd === "vor") return -2;
  const stem = (fromEnd ?? word).replace(/e[nrsm]?$/, "");
  const known = ordinals.indexOf(stem);
  const value = known < 0 ? Number.parseInt(stem, 10) : known + 1;
  if (Number.isNaN(value)) return undefined;
  return fromEnd === undefined ? value : -value;
}
