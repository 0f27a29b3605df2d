import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RuleFault } from "../fault.ts";
import { formatRule } from "../parse/format.ts";
import { parseRule } from "../parse/parse.ts";
import { drawOf } from "../testing/draw.ts";
import { drawSpeakableRule } from "../testing/speakable-rule.ts";
import { describeRule, remarksOn } from "./describe.ts";
import type { Language } from "./languages.ts";
import { parseRuleText } from "./parse-text.ts";

const today = { year: 2026, month: 3, day: 29 };
const languages: Language[] = ["en", "de"];

interface Phrase {
  text: string;
  rrule?: string;
  fromCompletion?: boolean;
  /** Where the first word stands that is not understood. */
  refusedAt?: number;
}

function phrases(language: Language): Phrase[] {
  const file = new URL(`./${language}/phrases.jsonl`, import.meta.url);
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe.each(languages)("a phrase in %s", (language) => {
  const all = phrases(language);
  const understood = all.filter(({ rrule }) => rrule !== undefined);

  it("is one of at least 60 that are understood, and others that are refused [R017]", () => {
    expect(understood.length).toBeGreaterThanOrEqual(60);
    expect(all.length).toBeGreaterThan(understood.length + 15);
  });

  it.each(understood)("$text means $rrule [R017]", ({ text, rrule, fromCompletion = false }) => {
    const got = parseRuleText(text, language, today);
    expect(got.rrule).toBe(formatRule(parseRule(rrule ?? "")));
    expect(got.fromCompletion).toBe(fromCompletion);
    expect(got.confidence).toBeGreaterThan(0.5);
    expect(got.confidence).toBeLessThanOrEqual(1);
  });

  it.each(understood)("$text is covered by its spans, which do not overlap", ({ text }) => {
    const { spans } = parseRuleText(text, language, today);
    const rest = [...text];
    let end = 0;
    for (const span of spans) {
      // The exclamation mark of "every!" stands within what says how often.
      if (span.kind !== "anchor") {
        expect(span.start).toBeGreaterThanOrEqual(end);
        end = span.end;
      }
      rest.fill(" ", span.start, span.end);
    }
    expect(rest.join("")).toMatch(/^[\s,.]*$/);
  });

  it.each(understood)("$text comes back as the same rule when the rule is put in words", ({ text }) => {
    const { rrule } = parseRuleText(text, language, today);
    const words = describeRule(parseRule(rrule), language);
    expect(parseRuleText(words, language, today).rrule, words).toBe(rrule);
  });

  it.each(all.filter(({ refusedAt }) => refusedAt !== undefined))(
    "$text is refused at character $refusedAt",
    ({ text, refusedAt }) => {
      const fault = faultOf(() => parseRuleText(text, language, today));
      expect(fault?.kind).toBe("text_unclear");
      expect(fault?.place.start).toBe(refusedAt);
    },
  );
});

describe.each(languages)("words in %s", (language) => {
  it("lead back to the rule they describe, for whatever a person would say [R017]", () => {
    const draw = drawOf(29);
    for (let index = 0; index < 3000; index += 1) {
      const rrule = formatRule(parseRule(drawSpeakableRule(draw)));
      const words = describeRule(parseRule(rrule), language);
      expect(parseRuleText(words, language, today).rrule, words).toBe(rrule);
    }
  }, 60_000);

  it("that are anything else are refused with a fault inside them, and soon", () => {
    const vocabulary = phrases(language).flatMap(({ text }) => text.split(" "));
    const text = fc.oneof(
      fc.string({ maxLength: 600 }),
      fc.array(fc.constantFrom(...vocabulary), { maxLength: 40 }).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(text, (input) => {
        const fault = faultOf(() => parseRuleText(input, language, today));
        if (fault === undefined) return;
        expect(fault.kind).toBe("text_unclear");
        expect(fault.place.end).toBeLessThanOrEqual(input.length);
      }),
      { numRuns: 3000 },
    );
  }, 60_000);
});

describe("a description", () => {
  it.each([
    [
      "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
      "every month on the last workday",
      "jeden Monat am letzten Werktag",
    ],
    ["FREQ=DAILY;BYHOUR=9;BYMINUTE=30", "every day at 9:30", "jeden Tag um 9:30 Uhr"],
    ["FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day", "jeden Monat am letzten Tag"],
    ["FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "every 2 weeks on Friday", "alle 2 Wochen am Freitag"],
    [
      "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
      "every year in October on the last Sunday",
      "jedes Jahr im Oktober am letzten Sonntag",
    ],
    ["FREQ=DAILY;COUNT=10", "every day for 10 times", "jeden Tag 10-mal"],
    [
      "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
      "every month on the 13th if it is a Friday",
      "jeden Monat am 13. wenn es ein Freitag ist",
    ],
    [
      "FREQ=DAILY;UNTIL=20261231T120000Z",
      "every day until December 31, 2026 12:00:00 UTC",
      "jeden Tag bis 31. Dezember 2026 12:00:00 UTC",
    ],
    [
      "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2,-1;WKST=SU",
      "every month on Monday (only the last and second of these) (weeks start on Sunday)",
      "jeden Monat am Montag (davon nur den letzten und zweiten Termin) (Wochen beginnen am Sonntag)",
    ],
  ])("of %s says all of it", (rrule, english, german) => {
    expect(describeRule(parseRule(rrule), "en")).toBe(english);
    expect(describeRule(parseRule(rrule), "de")).toBe(german);
  });

  it("remarks on days that some months do not have", () => {
    const rule = parseRule("FREQ=MONTHLY;BYMONTHDAY=31");
    expect(remarksOn(rule, "en")).toEqual(["months without a 31st are left out"]);
    expect(remarksOn(rule, "de")).toEqual(["Monate ohne einen 31. fallen aus"]);
    expect(remarksOn(parseRule("FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD"), "en")).toEqual([]);
  });
});

function faultOf(work: () => unknown): RuleFault | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof RuleFault) return error;
    throw error;
  }
}
