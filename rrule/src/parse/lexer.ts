import { RuleFault } from "../fault.ts";
import { limits } from "./limits.ts";

/** A piece of the text and where it stands in it. */
export interface Piece {
  readonly text: string;
  readonly start: number;
}

/** One `NAME=VALUE` of a rule. The name is in capitals. */
export interface Part {
  readonly name: string;
  readonly nameAt: number;
  readonly value: Piece;
}

/** The parts of a rule by their names. */
export type Parts = ReadonlyMap<string, Part>;

const prefix = /^RRULE:/i;

/** Takes a rule apart at its semicolons. Positions are those of the text as it came. */
export function partsOf(text: string): Part[] {
  const whole = { part: "", start: 0, end: text.length };
  if (text.length > limits.length) {
    throw new RuleFault("limit_exceeded", `the rule is longer than ${limits.length} characters`, whole);
  }
  const start = prefix.exec(text)?.[0].length ?? 0;
  const pieces = split({ text: text.slice(start), start }, ";");
  // One semicolon at the end is a habit of some writers and says nothing.
  if (pieces.length > 1 && pieces.at(-1)?.text === "") pieces.pop();
  return pieces.map(partOf);
}

/** Takes a piece apart at a separator. */
export function split({ text, start }: Piece, separator: string): Piece[] {
  let at = start;
  return text.split(separator).map((item) => {
    const piece = { text: item, start: at };
    at += item.length + 1;
    return piece;
  });
}

function partOf({ text, start }: Piece): Part {
  const equals = text.indexOf("=");
  const name = (equals < 0 ? text : text.slice(0, equals)).toUpperCase();
  const place = { part: name, start, end: start + text.length };
  if (equals < 1) throw new RuleFault("malformed", "a part is written NAME=VALUE", place);
  const value = { text: text.slice(equals + 1), start: start + equals + 1 };
  if (value.text === "") throw new RuleFault("malformed", `${name} has no value`, place);
  return { name, nameAt: start, value };
}
