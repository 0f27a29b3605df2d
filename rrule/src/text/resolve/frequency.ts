import type { Draft, SpokenFrequency } from "../draft.ts";
import { refuse } from "../refusal.ts";

/** Takes the frequency from the days where only they were said: `every Monday` is weekly. */
export function withFrequency(draft: Draft): void {
  draft.frequency ??= impliedBy(draft) ?? refuse("this does not say how often");
  const { frequency, interval = 1, days, daysSaid } = draft;
  // "Every 14 days on Monday" means Mondays; of "every 3 days on Monday" nobody knows.
  if (frequency !== "DAILY" || interval === 1 || days.length === 0 || daysSaid === "if") return;
  if (interval % 7 !== 0) refuse(`every ${interval} days fall on all days of the week`);
  draft.frequency = "WEEKLY";
  draft.interval = interval / 7;
}

function impliedBy(draft: Draft): SpokenFrequency | undefined {
  const { days, nth, workdays, monthDays, dates, yearDays, weeks, months, exceptMonths } = draft;
  if (dates.length + yearDays.length + weeks.length > 0 || draft.nthOfYear) return "YEARLY";
  if (nth.length + monthDays.length + workdays.length > 0) {
    return months.length > 0 && exceptMonths.length === 0 && !draft.onlyMonths ? "YEARLY" : "MONTHLY";
  }
  if (days.length > 0) return "WEEKLY";
  return months.length > 0 && exceptMonths.length === 0 ? "YEARLY" : undefined;
}
