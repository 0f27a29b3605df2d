import { RuleFault } from "../fault.ts";
import { type Frequency, frequencies, isSubDaily, type Rule } from "../rule.ts";
import type { Parts } from "./lexer.ts";
import { limits } from "./limits.ts";
import { checkSpacing } from "./spacing.ts";
import { placeOf } from "./values.ts";

/** Where RFC 5545 has no use for a part. */
const onlyWith: readonly (readonly [part: string, frequencies: readonly Frequency[]])[] = [
  ["BYWEEKNO", ["YEARLY"]],
  ["BYYEARDAY", ["MINUTELY", "HOURLY", "YEARLY"]],
  ["BYMONTHDAY", ["MINUTELY", "HOURLY", "DAILY", "MONTHLY", "YEARLY"]],
  // Of a period within the day nothing is worth picking from, and no day of it moves.
  ["BYSETPOS", frequencies],
  ["SKIP", frequencies],
];

/** Refuses parts that are right by themselves and wrong together. */
export function checkTogether(rule: Rule, parts: Parts): void {
  if (rule.count !== undefined && rule.until !== undefined) {
    conflict(parts, "UNTIL", "a rule ends by COUNT or by UNTIL, not by both");
  }
  for (const [name, frequencies] of onlyWith) {
    if (parts.has(name) && !frequencies.includes(rule.frequency)) {
      conflict(parts, name, `${name} does not go with FREQ=${rule.frequency}`);
    }
  }
  checkOrdinals(rule, parts);
  checkPositions(rule, parts);
  checkSkip(rule, parts);
  if (isSubDaily(rule)) checkSpacing(rule, parts);
  else checkTimes(rule, parts);
}

function checkOrdinals(rule: Rule, parts: Parts): void {
  if (rule.byDay.every(({ ordinal }) => ordinal === 0)) return;
  if (rule.frequency !== "MONTHLY" && rule.frequency !== "YEARLY") {
    conflict(parts, "BYDAY", `an ordinal in BYDAY does not go with FREQ=${rule.frequency}`);
  }
  if (rule.byWeekNo.length > 0) conflict(parts, "BYDAY", "an ordinal in BYDAY does not go with BYWEEKNO");
}

function checkPositions(rule: Rule, parts: Parts): void {
  if (rule.bySetPos.length === 0) return;
  const others = [...parts.keys()].filter((name) => name.startsWith("BY") && name !== "BYSETPOS");
  if (others.length === 0) conflict(parts, "BYSETPOS", "BYSETPOS picks from what another BY part gives");
}

/** Moving a day that is counted from the end would lead out of the month it is counted in. */
function checkSkip(rule: Rule, parts: Parts): void {
  if (rule.skip === "OMIT") return;
  if (rule.byMonthDay.some((day) => day < -28)) {
    conflict(parts, "BYMONTHDAY", "with SKIP a day is counted from the end up to -28");
  }
  if (rule.byYearDay.includes(-366)) {
    conflict(parts, "BYYEARDAY", "with SKIP a day is counted from the end up to -365");
  }
}

function checkTimes({ byHour, byMinute, bySecond }: Rule, parts: Parts): void {
  const size = (list: readonly number[]) => Math.max(list.length, 1);
  const times = size(byHour) * size(byMinute) * size(bySecond);
  if (times <= limits.timesADay) return;
  const part = ["BYSECOND", "BYMINUTE", "BYHOUR"].map((name) => parts.get(name)).find((found) => found);
  if (part === undefined) return;
  const message = `BYHOUR, BYMINUTE and BYSECOND make ${times} times a day, at most ${limits.timesADay}`;
  throw new RuleFault("limit_exceeded", message, placeOf(part));
}

function conflict(parts: Parts, name: string, message: string): never {
  const part = parts.get(name);
  if (part === undefined) throw new TypeError(`${name} is not in the rule`);
  throw new RuleFault("parts_conflict", message, placeOf(part));
}
