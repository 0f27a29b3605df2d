import { civilOf } from "../calendar/civil.ts";
import { daySeconds } from "../calendar/wall.ts";
import type { ByDay, Rule, Until } from "../rule.ts";
import { workingDays } from "./draft.ts";
import { type Language, wordings } from "./languages.ts";

/** How a language says the parts of a rule. Each begins without a space. */
export interface Wording {
  every(frequency: Rule["frequency"], interval: number): string;
  /** A rule that is nothing but weekdays of every week. */
  everyDays(days: readonly number[]): string;
  onDays(days: readonly number[]): string;
  /** Weekdays that narrow down days of a month. */
  ifDays(days: readonly number[]): string;
  onNth(days: readonly ByDay[], ofYear: boolean): string;
  onWorkdays(positions: readonly number[]): string;
  onMonthDays(days: readonly number[]): string;
  onYearDays(days: readonly number[]): string;
  inWeeks(weeks: readonly number[]): string;
  inMonths(months: readonly number[]): string;
  atTimes(times: readonly { hour: number; minute: number }[]): string;
  /** Hours, minutes and seconds where they are not a list of times. */
  atUnits(hours: readonly number[], minutes: readonly number[], seconds: readonly number[]): string;
  onlyPositions(positions: readonly number[]): string;
  weekStart(day: number): string;
  moved(skip: "BACKWARD" | "FORWARD"): string;
  times(count: number): string;
  until(date: { year: number; month: number; day: number }, clock: string): string;
  /** A remark about a day that some months do not have. */
  leftOut(day: number): string;
}

/** The rule in words. Nothing it says is left out. */
export function describeRule(rule: Rule, language: Language): string {
  const wording = wordings[language];
  const workdays = positionsOfWorkdays(rule);
  return [
    ...head(rule, wording),
    rule.byMonth.length > 0 ? wording.inMonths(rule.byMonth) : "",
    rule.byWeekNo.length > 0 ? wording.inWeeks(rule.byWeekNo) : "",
    rule.byYearDay.length > 0 ? wording.onYearDays(rule.byYearDay) : "",
    rule.byMonthDay.length > 0 ? wording.onMonthDays(rule.byMonthDay) : "",
    workdays === undefined ? daysOf(rule, wording) : wording.onWorkdays(workdays),
    clockOf(rule, wording),
    workdays === undefined && rule.bySetPos.length > 0 ? wording.onlyPositions(rule.bySetPos) : "",
    rule.weekStart === 0 ? "" : wording.weekStart(rule.weekStart),
    rule.skip === "OMIT" ? "" : wording.moved(rule.skip),
    rule.count === undefined ? "" : wording.times(rule.count),
    rule.until === undefined ? "" : endOf(rule.until, wording),
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** What is worth knowing about a rule besides what it says. */
export function remarksOn(rule: Rule, language: Language): string[] {
  const { frequency, skip, byMonthDay, bySetPos } = rule;
  if (frequency !== "MONTHLY" || skip !== "OMIT" || bySetPos.length > 0) return [];
  return byMonthDay.filter((day) => day > 28).map((day) => wordings[language].leftOut(day));
}

/** A weekly rule of plain weekdays is said as "every Monday". */
function head(rule: Rule, wording: Wording): string[] {
  return isPlainWeekly(rule)
    ? [wording.everyDays(plainDays(rule))]
    : [wording.every(rule.frequency, rule.interval)];
}

function isPlainWeekly({ frequency, interval, byDay }: Rule): boolean {
  return frequency === "WEEKLY" && interval === 1 && byDay.length > 0;
}

function daysOf(rule: Rule, wording: Wording): string {
  if (rule.byDay.length === 0 || isPlainWeekly(rule)) return "";
  const nth = rule.byDay.filter(({ ordinal }) => ordinal !== 0);
  const ofYear = rule.frequency === "YEARLY" && rule.byMonth.length === 0;
  const days = plainDays(rule);
  const narrows = rule.byMonthDay.length + rule.byYearDay.length > 0;
  const plain = days.length === 0 ? "" : narrows ? wording.ifDays(days) : wording.onDays(days);
  return [plain, nth.length === 0 ? "" : wording.onNth(nth, ofYear)].filter((part) => part !== "").join(" ");
}

function plainDays({ byDay }: Rule): number[] {
  return byDay
    .filter(({ ordinal }) => ordinal === 0)
    .map(({ weekday }) => weekday)
    .sort((a, b) => a - b);
}

/** Which working days of a month are meant, if that is what BYSETPOS picks from. */
function positionsOfWorkdays(rule: Rule): readonly number[] | undefined {
  const monthly = rule.frequency === "MONTHLY" || (rule.frequency === "YEARLY" && rule.byMonth.length === 1);
  const alone = rule.byMonthDay.length + rule.byYearDay.length + rule.byWeekNo.length === 0;
  const oneTime = Math.max(rule.byHour.length, 1) * Math.max(rule.byMinute.length, 1) === 1;
  if (!monthly || !alone || !oneTime || rule.bySecond.length > 1 || rule.bySetPos.length === 0)
    return undefined;
  return plainDays(rule).join() === workingDays.join() && rule.byDay.length === 5 ? rule.bySetPos : undefined;
}

function clockOf({ byHour, byMinute, bySecond }: Rule, wording: Wording): string {
  if (byHour.length + byMinute.length + bySecond.length === 0) return "";
  if (byHour.length === 0 || byMinute.length === 0 || bySecond.length > 0) {
    return wording.atUnits(byHour, byMinute, bySecond);
  }
  return wording.atTimes(byHour.flatMap((hour) => byMinute.map((minute) => ({ hour, minute }))));
}

function endOf({ kind, seconds }: Until, wording: Wording): string {
  const date = civilOf(Math.floor(seconds / daySeconds));
  if (kind === "day") return wording.until(date, "");
  const minutes = Math.floor((seconds % daySeconds) / 60);
  const clock = [Math.floor(minutes / 60), minutes % 60, seconds % 60].map((n) => String(n).padStart(2, "0"));
  return wording.until(date, ` ${clock.join(":")}${kind === "instant" ? " UTC" : ""}`);
}
