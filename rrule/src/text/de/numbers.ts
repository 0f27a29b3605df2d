import { anyOf } from "../lexicon.ts";

const small =
  "eins zwei drei vier fuenf sechs sieben acht neun zehn elf zwoelf dreizehn vierzehn fuenfzehn sechzehn siebzehn achtzehn neunzehn".split(
    " ",
  );
const tens = "zwanzig dreissig vierzig fuenfzig sechzig siebzig achtzig neunzig".split(" ");
const smallNth =
  "erst zweit dritt viert fuenft sechst siebt acht neunt zehnt elft zwoelft dreizehnt vierzehnt fuenfzehnt sechzehnt siebzehnt achtzehnt neunzehnt".split(
    " ",
  );

const numbers = new Map(small.map((word, index) => [word, index + 1]));
for (const word of ["ein", "eine", "einen", "einem", "einer"]) numbers.set(word, 1);
numbers.set("zwo", 2);
const ordinals = new Map(smallNth.map((word, index) => [word, index + 1]));
ordinals.set("siebent", 7);
for (const [index, ten] of tens.entries()) {
  const value = (index + 2) * 10;
  numbers.set(ten, value);
  ordinals.set(`${ten}st`, value);
  for (let unit = 1; unit < 10; unit += 1) {
    const compound = `${unit === 1 ? "ein" : small[unit - 1]}und${ten}`;
    numbers.set(compound, value + unit);
    ordinals.set(`${compound}st`, value + unit);
  }
}

// Tens and units are factored out: a form holds this several times.
const und = `(?:ein|${small.slice(1, 9).join("|")})und`;
const compound = `(?:${und})?(?:${tens.join("|")})`;
/** `3`, `drei`, `einunddreißig` */
export const number = `\\d{1,4}|${compound}|${anyOf([...small, "ein", "eine", "einen", "einem", "einer", "zwo"])}`;
const stem = `${compound}st|${anyOf([...smallNth, "siebent"])}`;
/** `ersten`, `2.`, `letzten`, `vorletzten`, `drittletzten`, `4.-letzten` */
export const ordinal = `(?:(?:vor|\\d{1,3}\\.?-)?letzte[nrsm]?|(?:${stem})(?:letzt)?e[nrsm]?|\\d{1,3}(?:\\.(?!-)|te[nrsm]?))`;

export function numberOf(word: string): number | undefined {
  return /^\d{1,4}$/.test(word) ? Number(word) : numbers.get(word);
}

/** 2 for `zweiten` and `2.`, -1 for `letzten`, -2 for `vorletzten`. */
export function ordinalOf(text: string): number | undefined {
  const word = text.replace(/ tage?s?$/, "");
  const fromEnd = /^(.*?)\.?-?letzte[nrsm]?$/.exec(word)?.[1];
  if (fromEnd === "") return -1;
  if (fromEnd === "vor") return -2;
  const digits = /^(\d{1,3})(?:\.|te[nrsm]?)?$/.exec(fromEnd ?? word);
  if (digits !== null && fromEnd === undefined && /^\d+$/.test(word)) return undefined;
  const known = ordinals.get(fromEnd ?? word.replace(/e[nrsm]?$/, ""));
  const value = digits === null ? known : Number(digits[1]);
  return value === undefined || fromEnd === undefined ? value : -value;
}
