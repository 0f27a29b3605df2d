import type { Draft } from "../draft.ts";
import { refuse } from "../refusal.ts";

const everyDay = [0, 1, 2, 3, 4, 5, 6];
const everyMonth = Array.from({ length: 12 }, (_, index) => index + 1);

/** `every day except Sunday` is every week on the other days. */
export function withoutExceptions(draft: Draft): void {
  if (draft.exceptDays.length > 0) draft.days = daysLeft(draft);
  if (draft.exceptMonths.length > 0) {
    draft.months = left(draft.months.length > 0 ? draft.months : everyMonth, draft.exceptMonths);
  }
}

function daysLeft(draft: Draft): number[] {
  const { frequency, interval = 1, days, nth, workdays, monthDays, dates } = draft;
  const others = nth.length + workdays.length + monthDays.length + dates.length;
  const plain = frequency === "HOURLY" || frequency === "MINUTELY";
  const daily = frequency === "DAILY" && interval === 1;
  if (others > 0 || (days.length === 0 ? !plain && !daily : interval > 1)) {
    refuse("days can only be left out of every day and of weekdays that are named");
  }
  if (daily) draft.frequency = "WEEKLY";
  return left(days.length > 0 ? days : everyDay, draft.exceptDays);
}

function left(values: readonly number[], exceptions: readonly number[]): number[] {
  const kept = values.filter((value) => !exceptions.includes(value));
  if (kept.length === 0) refuse("nothing is left of it");
  if (kept.length > values.length - exceptions.length) refuse("what is left out was not among it");
  return kept;
}
