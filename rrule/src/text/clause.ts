import type { Draft } from "./draft.ts";

/** What a piece of a text says. */
export const spanKinds = ["frequency", "days", "months", "time", "end", "anchor"] as const;
export type SpanKind = (typeof spanKinds)[number];

/** A calendar day. */
export interface Today {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** A form that a piece of a text can have. */
export interface Clause {
  readonly kind: SpanKind;
  /** What it looks like, from the first character on. */
  readonly form: RegExp;
  /** Takes over what it says. `false`: it cannot mean this here. */
  read(found: RegExpExecArray, draft: Draft, today: Today): boolean;
}

/** A language to write rules in. */
export interface Grammar {
  readonly clauses: readonly Clause[];
  /** What may stand between clauses. */
  readonly filler: RegExp;
  /** The word before an exclamation mark that says "counted from when it was done". */
  readonly completion: RegExp;
}

/** A clause from its form: the groups of the form, by their names. */
export function clause(
  kind: SpanKind,
  form: string,
  read: (groups: Record<string, string | undefined>, draft: Draft, today: Today) => boolean,
): Clause {
  return {
    kind,
    form: new RegExp(`(?:${form})(?![\\p{L}\\p{N}])`, "iuy"),
    read: (found, draft, today) => read(found.groups ?? {}, draft, today),
  };
}

/** Sets how often, unless it has been said. */
export function setFrequency(
  draft: Draft,
  frequency: NonNullable<Draft["frequency"]>,
  interval = 1,
): boolean {
  if (draft.frequency !== undefined || draft.interval !== undefined || interval < 1) return false;
  draft.frequency = frequency;
  if (interval > 1) draft.interval = interval;
  return true;
}

/** Adds to a list; `false` if there was something in it, or if a word was not known. */
export function fill<T>(target: T[], values: readonly (T | undefined)[]): boolean {
  if (target.length > 0 || values.length === 0) return false;
  for (const value of values) {
    if (value === undefined) return false;
    target.push(value);
  }
  return true;
}

/** `20261231`. Without a year the next such day is meant. `undefined` for a day that is none. */
export function dateText(
  { year, month, day }: { year?: number | undefined; month: number | undefined; day: number },
  today: Today,
): string | undefined {
  if (month === undefined) return undefined;
  const passed = month < today.month || (month === today.month && day < today.day);
  const of = year ?? today.year + (passed ? 1 : 0);
  const date = new Date(Date.UTC(of, month - 1, day));
  if (of < 1900 || of > 9998 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    return undefined;
  return date.toISOString().slice(0, 10).replaceAll("-", "");
}

/** A time of the day; `undefined` if there is no such time. */
export function clockTime(hour: number, minute: number, half?: string) {
  if (half !== undefined && (hour < 1 || hour > 12)) return undefined;
  const of = half === undefined ? hour : (hour % 12) + (half.toLowerCase().startsWith("p") ? 12 : 0);
  return of > 23 || minute > 59 ? undefined : { hour: of, minute };
}

/** The items of a list such as `a, b and c`. */
export function items(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
