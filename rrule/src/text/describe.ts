import { civilOf } from "../calendar/civil.ts";
import { daySeconds } from "../calendar/wall.ts";
import type { ByDay, Rule, Until } from "../rule.ts";
import { type SpokenFrequency, workingDays } from "./draft.ts";
import { type Language, wordings } from "./languages.ts";
import { pickedTimes } from "./picked-times.ts";

/** How a language says the parts of a rule. Each begins without a space. */
export interface Wording {
  every(frequency: SpokenFrequency, interval: number): string;
  /** A rule that is nothing but weekdays of every week. */
  everyDays(days: readonly number[]): string;
  onDays(days: readonly number[]): string;
  /** All such weekdays of a month or a year. */
  onEveryDays(days: readonly number[]): string;
  /** Weekdays that leave out days which other parts name. */
  ifDays(days: readonly ByDay[], ofYear: boolean): string;
  onNth(days: readonly ByDay[], ofYear: boolean): string;
  onWorkdays(positions: readonly number[]): string;
  onMonthDays(days: readonly number[], ofEveryMonth: boolean): string;
  ifMonthDays(days: readonly number[]): string;
  onYearDays(days: readonly number[]): string;
  ifYearDays(days: readonly number[]): string;
  inWeeks(weeks: readonly number[]): string;
  ifWeeks(weeks: readonly number[]): string;
  inMonths(months: readonly number[]): string;
  onlyMonths(months: readonly number[]): string;
  atTimes(times: readonly { hour: number; minute: number }[]): string;
  /** Hours, minutes and seconds where they are not a list of times. */
  atUnits(hours: readonly number[], minutes: readonly number[], seconds: readonly number[]): string;
  /** The hours in which something happens that repeats within a day. */
  inHours(hours: readonly number[]): string;
  onlyPositions(positions: readonly number[]): string;
  weekStart(day: number): string;
  moved(skip: "BACKWARD" | "FORWARD", ofYear: boolean): string;
  times(count: number): string;
  until(date: { year: number; month: number; day: number }, clock: string): string;
  /** Between conditions. */
  readonly and: string;
  /** A remark about a day that some months do not have. */
  leftOut(day: number): string;
}

/** The rule in words. Nothing it says is left out, and `parseRuleText` reads it as the same rule. */
export function describeRule(rule: Rule, language: Language): string {
  const wording = wordings[language];
  const workdays = positionsOfWorkdays(rule);
  const picked = pickedTimes(rule);
  const days = workdays === undefined ? daysOf(rule, wording) : { on: wording.onWorkdays(workdays), if: "" };
  const conditions = [conditionsOf(rule, wording), days.if].flat().filter((part) => part !== "");
  return [
    isPlainWeekly(rule) ? wording.everyDays(plainDays(rule)) : wording.every(rule.frequency, rule.interval),
    monthsOf(rule, wording),
    ...numberedDays(rule, wording),
    days.on,
    conditions.join(` ${wording.and} `),
    picked === undefined ? clockOf(rule, wording) : wording.atTimes(picked),
    (workdays ?? picked) === undefined && rule.bySetPos.length > 0
      ? wording.onlyPositions(rule.bySetPos)
      : "",
    rule.weekStart === 0 ? "" : wording.weekStart(rule.weekStart),
    rule.skip === "OMIT" ? "" : wording.moved(rule.skip, rule.byYearDay.length > 0),
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
function isPlainWeekly({ frequency, interval, byDay, bySetPos }: Rule): boolean {
  return frequency === "WEEKLY" && interval === 1 && byDay.length > 0 && bySetPos.length === 0;
}

/** Months that a frequency beyond them leaves out are said as such: "every 2 months, in March" would be another rule. */
function monthsOf({ frequency, byMonth }: Rule, wording: Wording): string {
  if (byMonth.length === 0) return "";
  return frequency === "MONTHLY" ? wording.onlyMonths(byMonth) : wording.inMonths(byMonth);
}

/** Which part names the days; what else numbers days is a condition. */
function namerOf({
  frequency,
  byMonthDay,
  byYearDay,
  byWeekNo,
}: Rule): "month" | "year" | "weeks" | undefined {
  if (frequency === "DAILY") return undefined;
  if (byMonthDay.length > 0) return "month";
  if (byYearDay.length > 0) return "year";
  return byWeekNo.length > 0 ? "weeks" : undefined;
}

function numberedDays(rule: Rule, wording: Wording): string[] {
  const ofEveryMonth = rule.frequency === "YEARLY" && rule.byMonth.length === 0;
  switch (namerOf(rule)) {
    case "month":
      return [wording.onMonthDays(rule.byMonthDay, ofEveryMonth)];
    case "year":
      return [wording.onYearDays(rule.byYearDay)];
    case "weeks":
      return [wording.inWeeks(rule.byWeekNo)];
    default:
      return [];
  }
}

function conditionsOf(rule: Rule, wording: Wording): string[] {
  const { byMonthDay, byYearDay, byWeekNo } = rule;
  const namer = namerOf(rule);
  return [
    byMonthDay.length > 0 && namer !== "month" ? wording.ifMonthDays(byMonthDay) : "",
    byYearDay.length > 0 && namer !== "year" ? wording.ifYearDays(byYearDay) : "",
    byWeekNo.length > 0 && namer !== "weeks" ? wording.ifWeeks(byWeekNo) : "",
  ];
}

function daysOf(rule: Rule, wording: Wording): { on: string; if: string } {
  const { frequency, interval, byDay, byMonth, byMonthDay, byYearDay, byWeekNo, bySetPos } = rule;
  if (byDay.length === 0 || isPlainWeekly(rule)) return { on: "", if: "" };
  const ofYear = frequency === "YEARLY" && byMonth.length === 0;
  const narrows = byMonthDay.length + byYearDay.length > 0 || (frequency === "DAILY" && interval > 1);
  if (narrows) return { on: "", if: wording.ifDays(byDay, ofYear) };
  const [plain, nth] = [plainDays(rule), byDay.filter(({ ordinal }) => ordinal !== 0)];
  const wide = frequency === "MONTHLY" || frequency === "YEARLY";
  const all = wide && byWeekNo.length === 0 && (bySetPos.length === 0 || nth.length > 0);
  const named = plain.length === 0 ? "" : all ? wording.onEveryDays(plain) : wording.onDays(plain);
  const counted = nth.length === 0 ? "" : wording.onNth(nth, ofYear);
  return { on: [named, counted].filter((part) => part !== "").join(` ${wording.and} `), if: "" };
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

function clockOf(rule: Rule, wording: Wording): string {
  const { byHour, byMinute, bySecond } = rule;
  if (byHour.length + byMinute.length + bySecond.length === 0) return "";
  if (isWithinDay(rule.frequency)) {
    const units = wording.atUnits([], byMinute, bySecond);
    return [byHour.length === 0 ? "" : wording.inHours(byHour), units]
      .filter((part) => part !== "")
      .join(" ");
  }
  if (byHour.length === 0 || byMinute.length === 0 || bySecond.length > 0) {
    return wording.atUnits(byHour, byMinute, bySecond);
  }
  return wording.atTimes(byHour.flatMap((hour) => byMinute.map((minute) => ({ hour, minute }))));
}

function isWithinDay(frequency: SpokenFrequency): boolean {
  return frequency === "HOURLY" || frequency === "MINUTELY";
}

function endOf({ kind, seconds }: Until, wording: Wording): string {
  const date = civilOf(Math.floor(seconds / daySeconds));
  if (kind === "day") return wording.until(date, "");
  const minutes = Math.floor((seconds % daySeconds) / 60);
  const clock = [Math.floor(minutes / 60), minutes % 60, seconds % 60].map((n) => String(n).padStart(2, "0"));
  return wording.until(date, ` ${clock.join(":")}${kind === "instant" ? " UTC" : ""}`);
}
