import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RuleFault } from "../fault.ts";
import { openSeries } from "../open.ts";
import { formatRule } from "../parse/format.ts";
import { parseRule } from "../parse/parse.ts";
import { drawOf } from "../testing/draw.ts";
import { drawAnyRule } from "../testing/random-rule.ts";
import { drawSpeakableRule } from "../testing/speakable-rule.ts";
import { drawSubDailyRule } from "../testing/sub-daily-rule.ts";
import { describeRule, remarksOn } from "./describe.ts";
import type { Language } from "./languages.ts";
import { parseRuleText } from "./parse-text.ts";

const today = { year: 2026, month: 3, day: 29 };
const languages: Language[] = ["en", "de"];

interface Phrase {
  text: string;
  rrule?: string;
  fromCompletion?: boolean;
  /** The first day that it says. */
  start?: string;
  /** Whether something else may be meant as well. */
  unsure?: boolean;
  /** Where the first word stands that is not understood, or the piece that no rule can say. */
  refusedAt?: number;
  /** What is said about it where it was understood. */
  why?: string;
}

function phrases(language: Language): Phrase[] {
  const file = new URL(`./${language}/phrases.jsonl`, import.meta.url);
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

// Forms are compiled when they are first used, which is no part of any one phrase.
for (const language of languages) faultOf(() => parseRuleText("at 9:30 um", language, today));

describe.each(languages)("a phrase in %s", (language) => {
  const all = phrases(language);
  const understood = all.filter(({ rrule }) => rrule !== undefined);

  it("is one of at least 60 that are understood, and others that are refused [R017]", () => {
    expect(understood.length).toBeGreaterThanOrEqual(60);
    expect(all.length).toBeGreaterThan(understood.length + 15);
  });

  it.each(understood)(
    "$text means $rrule [R017]",
    ({ text, rrule, fromCompletion = false, start, unsure }) => {
      const got = parseRuleText(text, language, today);
      expect(got.rrule).toBe(formatRule(parseRule(rrule ?? "")));
      expect(got.fromCompletion).toBe(fromCompletion);
      expect(got.start).toBe(start);
      expect(got.confidence).toBeGreaterThan(0.5);
      expect(got.confidence < 1).toBe(unsure ?? false);
      expect(got.confidence).toBeLessThanOrEqual(1);
    },
  );

  it.each(understood)("$text means the same in capitals, decomposed and with other blanks", ({ text }) => {
    const { rrule, confidence } = parseRuleText(text, language, today);
    for (const other of [
      text.toUpperCase(),
      text.normalize("NFD"),
      `\u00a0${text.replaceAll(" ", " \u2009")} `,
    ]) {
      expect(parseRuleText(other, language, today), other).toMatchObject({ rrule, confidence });
    }
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
    expect(rest.join("")).toMatch(/^[\s,.!]*$/);
  });

  it.each(understood)("$text comes back as the same rule when the rule is put in words", ({ text }) => {
    const { rrule } = parseRuleText(text, language, today);
    const words = describeRule(parseRule(rrule), language);
    expect(parseRuleText(words, language, today).rrule, words).toBe(rrule);
  });

  it.each(all.filter(({ refusedAt }) => refusedAt !== undefined))(
    "$text is refused at character $refusedAt",
    ({ text, refusedAt, why = "this is not understood" }) => {
      const fault = faultOf(() => parseRuleText(text, language, today));
      expect(fault?.kind).toBe("text_unclear");
      expect(fault?.place.start).toBe(refusedAt);
      expect(fault?.message).toBe(why);
    },
  );
});

describe.each(languages)("words in %s", (language) => {
  it("lead back to the rule they describe, for every rule of the vectors [R017]", () => {
    for (const rrule of vectorRules()) expectWordsToLeadBack(rrule, language);
  }, 60_000);

  it("lead back to the rule they describe, for every rule that ever occurs [R017]", () => {
    const rules = fc
      .nat()
      .map((seed) => drawOf(seed))
      .map((draw) => {
        const { rrule } = draw.one([drawAnyRule, drawSubDailyRule])(draw);
        return draw.chance(0.3) ? drawSpeakableRule(draw) : rrule;
      })
      .filter(occurs);
    fc.assert(
      fc.property(rules, (rrule) => expectWordsToLeadBack(rrule, language)),
      { numRuns: 3000 },
    );
  }, 120_000);

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
    ["FREQ=DAILY;COUNT=10", "every day for 10 times", "jeden Tag insgesamt 10-mal"],
    ["FREQ=DAILY;COUNT=1", "every day for 1 time", "jeden Tag insgesamt einmal"],
    ["FREQ=YEARLY;BYMONTHDAY=15", "every year on the 15th of every month", "jedes Jahr am 15. jedes Monats"],
    ["FREQ=HOURLY;INTERVAL=8", "every 8 hours", "alle 8 Stunden"],
    [
      "FREQ=MINUTELY;INTERVAL=90;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,10,11,12,14",
      "every 90 minutes on weekdays in hours 9 to 12 and 14",
      "alle 90 Minuten an Werktagen in den Stunden 9 bis 12 und 14",
    ],
    ["FREQ=DAILY;BYHOUR=10,12", "every day at hours 10 and 12", "jeden Tag zu den Stunden 10 und 12"],
    [
      "FREQ=MONTHLY;INTERVAL=6;BYMONTH=1;BYMONTHDAY=1",
      "every 6 months only in January on the 1st",
      "alle 6 Monate nur im Januar am 1.",
    ],
    [
      "FREQ=DAILY;INTERVAL=14;BYMONTHDAY=13;BYDAY=MO",
      "every 14 days if it is the 13th and if it is a Monday",
      "alle 14 Tage wenn es der 13. ist und wenn es ein Montag ist",
    ],
    [
      "FREQ=YEARLY;BYDAY=MO,1TU",
      "every year on every Monday and on the first Tuesday of the year",
      "jedes Jahr an jedem Montag und am ersten Dienstag des Jahres",
    ],
    [
      "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1",
      "every week on Monday and Tuesday (only the first of these)",
      "jede Woche am Montag und Dienstag (davon nur den ersten Termin)",
    ],
    [
      "FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30;BYSETPOS=1,4",
      "every day at 9:00 and 17:30",
      "jeden Tag um 9:00 und 17:30 Uhr",
    ],
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

function vectorRules(): string[] {
  const file = new URL("../../../test/vectors/rrule.jsonl", import.meta.url);
  const rows = readFileSync(file, "utf8").trim().split("\n");
  return rows.map((row) => JSON.parse(row).rrule);
}

function expectWordsToLeadBack(rrule: string, language: Language): void {
  const rule = parseRule(rrule);
  const words = describeRule(rule, language);
  expect(parseRuleText(words, language, today), words).toMatchObject({
    rrule: formatRule(rule),
    confidence: 1,
  });
}

function occurs(rrule: string): boolean {
  try {
    const rule = parseRule(rrule);
    const start = "2026-03-29T09:00:00";
    openSeries({
      rrule: formatRule({ ...rule, interval: 1, until: undefined }),
      dtstart: start,
      tzid: "UTC",
    });
    return true;
  } catch (error) {
    if (error instanceof RuleFault) return false;
    throw error;
  }
}

function faultOf(work: () => unknown): RuleFault | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof RuleFault) return error;
    throw error;
  }
}
