/** A text in the one form that grammars read, and where its characters stand in the text as it was written. */
export interface Readable {
  /** In small letters, with single spaces, composed, with `ae` for `ä`, `ss` for `ß` and one kind of dash. */
  readonly text: string;
  /** For each character where the one it comes from begins and ends. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const invisible = "\\u00AD\\u200B-\\u200F\\u2060\\uFE0F\\uFEFF";
const pieces = new RegExp(`[\\s${invisible}]+|\\P{M}\\p{M}*|\\p{M}+`, "gu");
const blank = new RegExp(`^[\\s${invisible}]+$`, "u");
const spelled: Readonly<Record<string, string>> = {
  ä: "ae",
  ö: "oe",
  ü: "ue",
  ß: "ss",
  "’": "'",
  "‘": "'",
  "×": "x",
};

export function readable(written: string): Readable {
  const starts: number[] = [];
  const ends: number[] = [];
  let text = "";
  for (const { 0: piece, index } of written.matchAll(pieces)) {
    const simple = simplified(piece);
    text += simple;
    for (let at = 0; at < simple.length; at += 1) {
      starts.push(index);
      ends.push(index + piece.length);
    }
  }
  return { text, starts, ends };
}

/** The text without the one character at `at`. */
export function without({ text, starts, ends }: Readable, at: number): Readable {
  const kept = (_: unknown, index: number) => index !== at;
  return {
    text: text.slice(0, at) + text.slice(at + 1),
    starts: starts.filter(kept),
    ends: ends.filter(kept),
  };
}

function simplified(piece: string): string {
  if (blank.test(piece)) return /\s/u.test(piece) ? " " : "";
  const composed = piece.normalize("NFKC").toLowerCase();
  return spelled[composed] ?? composed.replaceAll(/\p{Pd}/gu, "-");
}
