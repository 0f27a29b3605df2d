import { parseWall } from "../calendar/wall.ts";
import { RuleFault } from "../fault.ts";
import { type ByDay, type Until, weekdayNames } from "../rule.ts";
import { type Part, type Piece, split } from "./lexer.ts";

/** What the numbers of a part may be. */
export interface NumberRange {
  readonly least: number;
  readonly most: number;
  /** Whether they may count from the end, as negative numbers. */
  readonly signed?: boolean;
  /** How many there may be. */
  readonly longest: number;
}

const weekday = /^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$/i;
const whole = /^\d{1,9}$/;
const signedNumber = /^[+-]?\d{1,3}$/;

/** A fault of a value, placed at the piece that is wrong. */
export function invalid(part: Part, piece: Piece, message: string): RuleFault {
  return new RuleFault("value_invalid", `${part.name}: ${message}`, placeOf(part, piece));
}

export function placeOf(part: Part, piece: Piece = part.value) {
  return { part: part.name, start: piece.start, end: piece.start + Math.max(piece.text.length, 1) };
}

/** One of a few words. */
export function word<W extends string>(part: Part, words: readonly W[]): W | undefined {
  const value = part.value.text.toUpperCase();
  return words.find((candidate) => candidate === value);
}

/** A number from 1 to `most`. What is beyond is a limit of ours, not a mistake of the rule. */
export function amount(part: Part, most: number): number {
  const { text } = part.value;
  if (!whole.test(text) || Number(text) < 1) throw invalid(part, part.value, "is a number from 1");
  if (Number(text) > most) {
    throw new RuleFault("limit_exceeded", `${part.name}: is at most ${most}`, placeOf(part));
  }
  return Number(text);
}

/** A list of numbers, in ascending order. */
export function numbers(part: Part, range: NumberRange): number[] {
  const found = itemsOf(part, range.longest).map((piece) => numberIn(part, piece, range));
  return distinct(part, found, (value) => value).sort((a, b) => a - b);
}

/** A list of weekdays, each with an ordinal where `most` allows one. */
export function weekdays(part: Part, longest: number): ByDay[] {
  const days = itemsOf(part, longest).map((piece): ByDay => {
    const [, ordinal, name = ""] = weekday.exec(piece.text) ?? [];
    const found = (weekdayNames as readonly string[]).indexOf(name.toUpperCase());
    if (found < 0) throw invalid(part, piece, "is a list of weekdays such as MO or -1FR");
    if (ordinal === undefined) return { weekday: found, ordinal: 0 };
    const nth = Number(ordinal);
    if (nth === 0 || Math.abs(nth) > 53) throw invalid(part, piece, "an ordinal is 1 to 53 or -1 to -53");
    return { weekday: found, ordinal: nth };
  });
  return distinct(part, days, ({ weekday: day, ordinal }) => ordinal * 7 + day);
}

/** The end of a rule: `20260329`, `20260329T090000` or `20260329T090000Z`. */
export function untilOf(part: Part): Until {
  const text = part.value.text.toUpperCase();
  const utc = text.endsWith("Z");
  const seconds = /^\d{8}(T\d{6}Z?)?$/.test(text) ? parseWall(utc ? text.slice(0, -1) : text) : undefined;
  if (seconds === undefined) {
    throw invalid(part, part.value, "is a date such as 20260329 or a time such as 20260329T090000Z");
  }
  return { kind: text.length === 8 ? "day" : utc ? "instant" : "wall", seconds };
}

function itemsOf(part: Part, longest: number): Piece[] {
  const pieces = split(part.value, ",");
  if (pieces.length > longest) {
    throw new RuleFault("limit_exceeded", `${part.name}: has at most ${longest} values`, placeOf(part));
  }
  return pieces;
}

function numberIn(part: Part, piece: Piece, { least, most, signed = false }: NumberRange): number {
  const value = signedNumber.test(piece.text) ? Number(piece.text) : Number.NaN;
  const size = signed ? Math.abs(value) : value;
  if (size >= least && size <= most && (signed || !piece.text.startsWith("-"))) return value;
  const range = signed ? `${least} to ${most} or -${least} to -${most}` : `${least} to ${most}`;
  throw invalid(part, piece, `is a list of numbers, each ${range}`);
}

function distinct<T>(part: Part, values: T[], key: (value: T) => number): T[] {
  if (values.length < 2) return values;
  const seen = new Set<number>();
  const repeated = values.findIndex((value) => seen.size === seen.add(key(value)).size);
  if (repeated < 0) return values;
  throw invalid(part, split(part.value, ",")[repeated] ?? part.value, "names a value twice");
}
