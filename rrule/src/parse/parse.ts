import { RuleFault } from "../fault.ts";
import { frequencies, type Rule, skips, subDailyFrequencies, weekdayNames } from "../rule.ts";
import { checkTogether } from "./conflicts.ts";
import { type Part, type Parts, partsOf } from "./lexer.ts";
import { limits } from "./limits.ts";
import { amount, invalid, type NumberRange, numbers, placeOf, untilOf, weekdays, word } from "./values.ts";

const lists = {
  BYMONTH: { least: 1, most: 12, longest: limits.list },
  BYWEEKNO: { least: 1, most: 53, signed: true, longest: limits.list },
  BYYEARDAY: { least: 1, most: 366, signed: true, longest: 366 },
  BYMONTHDAY: { least: 1, most: 31, signed: true, longest: limits.list },
  BYHOUR: { least: 0, most: 23, longest: limits.list },
  BYMINUTE: { least: 0, most: 59, longest: limits.list },
  BYSECOND: { least: 0, most: 60, longest: limits.list },
  BYSETPOS: { least: 1, most: 366, signed: true, longest: limits.list },
} satisfies Record<string, NumberRange>;

const names = new Set([
  "FREQ",
  "INTERVAL",
  "COUNT",
  "UNTIL",
  "BYDAY",
  "WKST",
  "SKIP",
  "RSCALE",
  ...Object.keys(lists),
]);

/**
 * Reads the value of an RRULE, with or without `RRULE:` before it.
 *
 * @throws RuleFault that names the part and its place in the text.
 */
export function parseRule(text: string): Rule {
  const parts = byName(partsOf(text));
  const frequency = frequencyOf(parts, text);
  const list = (name: keyof typeof lists) => read(parts, name, (part) => numbers(part, lists[name])) ?? [];
  read(parts, "RSCALE", gregorian);
  const rule: Rule = {
    frequency,
    interval: read(parts, "INTERVAL", (part) => amount(part, limits.interval)) ?? 1,
    count: read(parts, "COUNT", (part) => amount(part, limits.count)),
    until: read(parts, "UNTIL", untilOf),
    byMonth: list("BYMONTH"),
    byWeekNo: list("BYWEEKNO"),
    byYearDay: list("BYYEARDAY"),
    byMonthDay: list("BYMONTHDAY"),
    byDay: read(parts, "BYDAY", (part) => weekdays(part, limits.list)) ?? [],
    byHour: list("BYHOUR"),
    byMinute: list("BYMINUTE"),
    bySecond: list("BYSECOND"),
    bySetPos: list("BYSETPOS"),
    weekStart: read(parts, "WKST", weekStartOf) ?? 0,
    skip: read(parts, "SKIP", skipOf) ?? "OMIT",
  };
  checkTogether(rule, parts);
  return rule;
}

function byName(parts: readonly Part[]): Parts {
  const found = new Map<string, Part>();
  for (const part of parts) {
    const place = { part: part.name, start: part.nameAt, end: part.nameAt + part.name.length };
    if (!names.has(part.name)) {
      throw new RuleFault("part_unknown", `${part.name} is no part of a recurrence rule`, place);
    }
    if (found.has(part.name)) {
      throw new RuleFault("part_repeated", `${part.name} stands twice in the rule`, place);
    }
    found.set(part.name, part);
  }
  return found;
}

function read<T>(parts: Parts, name: string, reader: (part: Part) => T): T | undefined {
  const part = parts.get(name);
  return part === undefined ? undefined : reader(part);
}

function frequencyOf(parts: Parts, text: string) {
  const part = parts.get("FREQ");
  if (part === undefined) {
    throw new RuleFault("part_missing", "a rule needs a FREQ", { part: "FREQ", start: 0, end: text.length });
  }
  const found = word(part, frequencies) ?? word(part, subDailyFrequencies);
  if (found !== undefined) return found;
  if (word(part, ["SECONDLY"]) !== undefined) {
    const message = `FREQ: occurrences lie at least ${limits.spacingSeconds / 60} minutes apart, so that none repeats by seconds`;
    throw new RuleFault("frequency_unsupported", message, placeOf(part));
  }
  throw invalid(part, part.value, "is MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY");
}

function weekStartOf(part: Part): number {
  const found = word(part, weekdayNames);
  if (found === undefined) throw invalid(part, part.value, "is a weekday such as MO");
  return weekdayNames.indexOf(found);
}

function skipOf(part: Part) {
  const found = word(part, skips);
  if (found === undefined) throw invalid(part, part.value, "is OMIT, BACKWARD or FORWARD");
  return found;
}

function gregorian(part: Part): void {
  if (word(part, ["GREGORIAN"]) === undefined) throw invalid(part, part.value, "only GREGORIAN is known");
}
