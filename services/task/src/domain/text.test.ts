import { describe, expect, it } from "vitest";
import { lineFault, textFault } from "./text.ts";

describe("a text of one line", () => {
  it.each([
    "Buy milk",
    "Äpfel",
    "A\u0308pfel",
    "\u200eשלום",
    "👩\u200d👩\u200d👧",
    "क\u094dष",
    "می\u200cخواهم",
    "\ufeffx",
    ".",
  ])("may be %j", (text) => {
    expect(lineFault(text)).toBeUndefined();
  });

  it.each([
    ["spaces", " \u2003\u3000"],
    ["a zero width space", "\u200b"],
    ["joiners", "\u200c\u200d\u2060"],
    ["a byte order mark", "\ufeff"],
    ["a soft hyphen", "\u00ad"],
    ["fillers of Hangul", "\u115f\u1160\u3164\uffa0"],
    ["variation selectors", "\ufe0f\u{e0100}"],
    ["tags of Unicode", "\u{e0041}\u{e007f}"],
    ["a blank pattern of Braille", "\u2800"],
    ["marks of direction", "\u200e\u200f\u061c"],
    ["nothing", ""],
  ])("is not %s alone", (_, text) => {
    expect(lineFault(text)).toBe("must have a visible character");
  });

  it.each([
    "\n",
    "\r",
    "\u0000",
    "\u007f",
    "\u0085",
    "\u009f",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u202a",
    "\u2066",
    "\u2069",
  ])("has no %j in it", (character) => {
    expect(lineFault(`a${character}b`)).toMatch(/^must have no line breaks/);
  });
});

it("keeps line breaks in a text of many lines, and no other control characters", () => {
  expect(textFault("a\r\n\tb\u2028c")).toBeUndefined();
  expect(textFault("")).toBeUndefined();
  for (const character of ["\u0085", "\u009b", "\u0007", "\u202e"]) {
    expect(textFault(`a${character}`)).toMatch(/^must have no control characters/);
  }
});
