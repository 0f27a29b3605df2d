import type { Draft, SpokenFrequency } from "../draft.ts";
import { refuse } from "../refusal.ts";

const names = {
  MINUTELY: "minutes",
  HOURLY: "hours",
  DAILY: "days",
  WEEKLY: "weeks",
  MONTHLY: "months",
  YEARLY: "years",
} as const satisfies Record<SpokenFrequency, string>;

/** Refuses what is understood piece by piece and does not go together. */
export function checkTogether(draft: Draft): void {
  checkKinds(draft);
  checkWeekdays(draft);
  checkMonthDays(draft);
  checkYear(draft);
  checkTimesPer(draft);
  if (draft.monthDaysOpen && draft.months.length === 0) draft.confidence *= 0.7;
  if (draft.workdays.length > 0 && draft.positions.length > 0) {
    refuse("workdays are counted already");
  }
}

function checkKinds({ days, nth, workdays, monthDays, daysSaid, frequency }: Draft): void {
  const both = days.length > 0 && nth.length > 0;
  if (both && daysSaid !== "if" && daysSaid !== "on every") {
    refuse("weekdays of every week and single ones of a month do not go together");
  }
  if (workdays.length > 0 && days.length + nth.length + monthDays.length > 0) {
    refuse("workdays and other days do not go together");
  }
  const counted = nth.length + workdays.length > 0;
  if (counted && frequency !== "MONTHLY" && frequency !== "YEARLY") {
    refuse(`days that are counted in a month do not go with ${unitOf(frequency)}`);
  }
}

function checkWeekdays(draft: Draft): void {
  const { frequency, interval = 1, days, nth, daysSaid, monthDays, weeks, yearDays, positions } = draft;
  if (days.length + nth.length === 0 || daysSaid === "if") return;
  if (monthDays.length + yearDays.length > 0) {
    refuse('a weekday and a date are not always the same day; say "if it is a Monday" to leave others out');
  }
  if (days.length === 0) return;
  if (frequency === "MONTHLY" || frequency === "YEARLY") {
    const clear = daysSaid === "on every" || weeks.length > 0 || positions.length > 0;
    if (!clear)
      refuse(
        `it is not said which weekdays of ${unitOf(frequency)} are meant: the first, the last or every one`,
      );
  }
  const twice = frequency === "DAILY" || interval > 1;
  if (daysSaid === "every" && twice) refuse("how often is said twice");
}

function checkMonthDays(draft: Draft): void {
  const { frequency, monthDays, monthDaysSaid, months, ofEveryMonth, workdays } = draft;
  if (monthDays.length > 0 && (frequency === "DAILY" || frequency === "WEEKLY") && monthDaysSaid !== "if") {
    refuse(`a day of the month does not go with ${unitOf(frequency)}`);
  }
  const monthKnown = months.length > 0 || ofEveryMonth;
  if (frequency === "YEARLY" && monthDays.length > 0 && !monthKnown) {
    refuse("it is not said in which month: name it, or say that every month is meant");
  }
  if (frequency === "YEARLY" && workdays.length > 0 && months.length === 0)
    refuse("it is not said in which month");
  if (frequency === "WEEKLY" && monthDays.length > 0) refuse("a day of the month does not go with weeks");
}

function checkYear({ frequency, nthOfYear, yearDays, weeks, months }: Draft): void {
  if (frequency === "YEARLY") {
    if (nthOfYear && months.length > 0) refuse("a weekday is counted in a month or in the year, not in both");
    return;
  }
  if (nthOfYear || weeks.length > 0)
    refuse(`what is counted in the year does not go with ${unitOf(frequency)}`);
  if (yearDays.length > 0 && (frequency === "WEEKLY" || frequency === "MONTHLY" || frequency === "DAILY")) {
    refuse(`a day of the year does not go with ${unitOf(frequency)}`);
  }
}

/** "Twice a week on Monday and Thursday" says when; "twice a week" does not. */
function checkTimesPer({ timesPer, frequency, times, days, nth, monthDays, months }: Draft): void {
  if (timesPer === undefined) return;
  const numbered = monthDays.length * (frequency === "YEARLY" ? months.length : 1);
  const named = (days.length + nth.length + numbered) * Math.max(times.length, 1);
  const said = frequency === "DAILY" ? times.length : named;
  if (said !== timesPer.count) refuse("how often is said, and not when", timesPer.example);
}

function unitOf(frequency: SpokenFrequency | undefined): string {
  return names[frequency ?? "DAILY"];
}
