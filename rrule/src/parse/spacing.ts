import { RuleFault } from "../fault.ts";
import type { SubDailyRule } from "../rule.ts";
import type { Parts } from "./lexer.ts";
import { limits } from "./limits.ts";
import { placeOf } from "./values.ts";

const minutes = limits.spacingSeconds / 60;

/** Refuses a rule of which two occurrences lie too close together. */
export function checkSpacing(rule: SubDailyRule, parts: Parts): void {
  const { frequency, interval } = rule;
  if (frequency === "MINUTELY" && interval < minutes) {
    const message = `a rule repeats every ${minutes} minutes at most: FREQ=MINUTELY needs an INTERVAL of at least ${minutes}`;
    throw tooClose(parts, ["INTERVAL", "FREQ"], message);
  }
  const times = timesOf(rule);
  const period = frequency === "HOURLY" ? interval * 3_600 : interval * 60;
  const gaps = times.map((time, index) => (times[index + 1] ?? period + (times[0] ?? 0)) - time);
  if (Math.min(...gaps) >= limits.spacingSeconds) return;
  const message = `occurrences lie at least ${minutes} minutes apart, and these parts make some that are closer`;
  throw tooClose(parts, ["BYSECOND", "BYMINUTE"], message);
}

/** The times within one hour or minute, in seconds. */
function timesOf({ frequency, byMinute, bySecond }: SubDailyRule): number[] {
  const of = (list: readonly number[]) => (list.length > 0 ? list : [0]);
  const seconds = of(bySecond).map((second) => Math.min(second, 59));
  if (frequency === "MINUTELY") return seconds;
  return of(byMinute).flatMap((minute) => seconds.map((second) => minute * 60 + second));
}

function tooClose(parts: Parts, names: readonly string[], message: string): RuleFault {
  const part = names.map((name) => parts.get(name)).find((found) => found !== undefined);
  if (part === undefined) throw new TypeError("a rule without the parts that it is made of");
  return new RuleFault("limit_exceeded", `${part.name}: ${message}`, placeOf(part));
}
