import { anyOf } from "../lexicon.ts";

const small =
  "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const tens = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const smallNth =
  "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split(
    " ",
  );

const numbers = new Map(small.map((word, index) => [word, index + 1]));
const ordinals = new Map(smallNth.map((word, index) => [word, index + 1]));
for (const [index, ten] of tens.entries()) {
  const value = (index + 2) * 10;
  numbers.set(ten, value);
  ordinals.set(ten.replace(/y$/, "ieth"), value);
  for (let unit = 1; unit < 10; unit += 1) {
    numbers.set(`${ten}-${small[unit - 1]}`, value + unit);
    ordinals.set(`${ten}-${smallNth[unit - 1]}`, value + unit);
  }
}

// Tens and units are factored out: a form holds this several times.
const ty = tens.map((ten) => ten.slice(0, -1)).join("|");
const units = small.slice(0, 9).join("|");
const unitsNth = smallNth.slice(0, 9).join("|");
/** `3`, `three`, `thirty-one` */
export const number = `\\d{1,4}|(?:${ty})y(?:[- ]?(?:${units}))?|${anyOf(small)}`;
const nth = `\\d{1,3} ?(?:st|nd|rd|th)|(?:${ty})(?:ieth|y[- ]?(?:${unitsNth}))|${anyOf(smallNth)}`;
/** `first`, `2nd`, `last`, `2nd to last`, `second-last`, `penultimate` */
export const ordinal = `(?:(?:${nth}|next(?=[- ]to))(?:[- ](?:to[- ](?:the[- ])?)?last)?|last|final|penultimate)`;

export function numberOf(word: string): number | undefined {
  if (/^\d{1,4}$/.test(word)) return Number(word);
  return numbers.get(word) ?? numbers.get(joined(word));
}

/** 2 for `second`, -1 for `last`, -2 for `2nd to last`. */
export function ordinalOf(text: string): number | undefined {
  const word = text.replace(/ day$/, "");
  if (word === "last" || word === "final") return -1;
  if (word === "penultimate") return -2;
  const fromEnd = /^(.*?)[- ](?:to[- ](?:the[- ])?)?last$/.exec(word)?.[1];
  if (fromEnd === "next") return -2;
  const value = positiveOf(fromEnd ?? word);
  return value === undefined || fromEnd === undefined ? value : -value;
}

function positiveOf(word: string): number | undefined {
  const digits = /^(\d{1,3}) ?(?:st|nd|rd|th)$/.exec(word)?.[1];
  return digits === undefined ? (ordinals.get(word) ?? ordinals.get(joined(word))) : Number(digits);
}

/** `thirty one` and `thirtyone` as `thirty-one`. */
function joined(word: string): string {
  return word.replace(/^([a-z]+?(?:ty))[- ]?([a-z]+)$/, "$1-$2");
}
