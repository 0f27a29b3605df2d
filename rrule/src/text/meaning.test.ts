import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayOf } from "../calendar/civil.ts";
import { daySeconds, formatDay } from "../calendar/wall.ts";
import { RuleFault } from "../fault.ts";
import { openSeries } from "../open.ts";
import { drawOf } from "../testing/draw.ts";
import { drawSaid, type Said } from "../testing/said.ts";
import type { Language } from "./languages.ts";
import { parseRuleText, type RuleText } from "./parse-text.ts";

const languages: Language[] = ["en", "de"];
const today = { year: 2026, month: 3, day: 29 };
const start = dayOf(2026, 3, 29);
const end = start + 3 * 366;

/** Words that say something which no rule says, or nothing at all. */
const foreign: Readonly<Record<Language, readonly string[]>> = {
  en: ["banana", "twice", "3 times", "so", "maybe", "sometimes", "almost", "never", "please", "only", "if"],
  de: ["Banane", "zweimal", "3 mal", "so", "vielleicht", "manchmal", "fast", "nie", "bitte", "nur", "wenn"],
};

const said = fc.nat().map((seed) => drawSaid(drawOf(seed)));

describe.each(languages)("a text in %s that can only mean one thing", (language) => {
  it("means the days that it says, and surely [R017]", () => {
    fc.assert(
      fc.property(said, ({ [language]: text, means }) => {
        const { rrule, confidence } = parseRuleText(text, language, today);
        expect(daysOf(rrule), text).toEqual(meant(means));
        expect(confidence, text).toBe(1);
      }),
      { numRuns: 1000 },
    );
  }, 60_000);

  it("is never understood as surely with a word in it that does not belong there", () => {
    const broken = fc.tuple(said, fc.constantFrom(...foreign[language]), fc.nat({ max: 12 }));
    fc.assert(
      fc.property(broken, ([{ [language]: text, means }, word, at]) => {
        const words = text.split(" ");
        const place = at % (words.length + 1);
        const changed = [...words.slice(0, place), word, ...words.slice(place)].join(" ");
        const got = understood(changed, language);
        if (got === undefined || got.confidence < 1) return;
        // "Only in January" says no less than "in January".
        expect(daysOf(got.rrule), `${changed} ${got.rrule}`).toEqual(meant(means));
      }),
      { numRuns: 3000 },
    );
  }, 60_000);
});

function understood(text: string, language: Language): RuleText | undefined {
  try {
    return parseRuleText(text, language, today);
  } catch (error) {
    if (error instanceof RuleFault && error.kind === "text_unclear") return undefined;
    throw error;
  }
}

function meant(means: Said["means"]): string[] {
  const days = Array.from({ length: end - start }, (_, index) => start + index);
  return days.filter((day) => means(day, start)).map(formatDay);
}

function daysOf(rrule: string): string[] {
  const found: string[] = [];
  for (const { wall } of openSeries({ rrule, dtstart: "2026-03-29T09:00:00", tzid: "UTC" }).occurrences()) {
    const day = Math.floor(wall / daySeconds);
    if (day >= end) break;
    found.push(formatDay(day));
  }
  return found;
}
