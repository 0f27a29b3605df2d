import type { Draft } from "./draft.ts";

/** What a piece of a text says. */
export const spanKinds = ["frequency", "days", "months", "time", "end", "anchor", "start"] as const;
export type SpanKind = (typeof spanKinds)[number];

/** A calendar day. */
export interface Today {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The named groups of a form, as they were found. */
export type Groups = Readonly<Record<string, string | undefined>>;

/**
 * Takes over what a piece says. `false`: it cannot mean this here.
 *
 * @throws Refusal where it means something that no rule can say.
 */
export type Read = (groups: Groups, draft: Draft, today: Today) => boolean;

/** A form that a piece of a text can have. */
export interface Clause {
  readonly kind: SpanKind;
  /** What it looks like, from the first character on. */
  readonly form: RegExp;
  readonly read: Read;
}

/** A language to write rules in. Its forms are those of a readable text. */
export interface Grammar {
  readonly clauses: readonly Clause[];
  /** The word before an exclamation mark that says "counted from when it was done". */
  readonly completion: RegExp;
  /** A list of which one is to be chosen, which no rule does. */
  readonly choice: RegExp;
}

/** A clause from its form: the groups of the form, by their names. */
export function clause(kind: SpanKind, form: string, read: Read): Clause {
  return { kind, form: new RegExp(`(?:${form})(?![\\p{L}\\p{N}])`, "uy"), read };
}

/** Adds to a list; `false` if there was something in it, or if a word was not known. */
export function fill<T>(target: T[], values: readonly (T | undefined)[] | undefined): boolean {
  if (target.length > 0 || values === undefined || values.length === 0) return false;
  for (const value of values) {
    if (value === undefined) return false;
    target.push(value);
  }
  return true;
}
