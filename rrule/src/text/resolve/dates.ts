import type { Draft } from "../draft.ts";
import { refuse } from "../refusal.ts";

/** Turns dates into months and days of the month, and "every 6 months on January 1" into both of its dates. */
export function withDates(draft: Draft): void {
  if (draft.dates.length > 0) takeDates(draft);
  const { frequency, interval = 1, months, onlyMonths, exceptMonths } = draft;
  const named = months.length > 0 && !onlyMonths && exceptMonths.length === 0;
  if (frequency === "MONTHLY" && named && interval > 1) takeCycle(draft, interval);
}

/** Days and months of a rule go each with each. */
function takeDates(draft: Draft): void {
  const { dates, months, monthDays, nth, days, workdays, daysSaid, frequency, interval = 1 } = draft;
  const others = months.length + monthDays.length + workdays.length;
  if (others > 0 || (daysSaid !== "if" && nth.length + days.length > 0)) {
    refuse("a date and other days do not go together");
  }
  if (frequency !== "YEARLY" && !(frequency === "MONTHLY" && interval > 1)) {
    refuse("a date comes once a year");
  }
  const named = new Set(dates.map(({ month }) => month));
  const counted = new Set(dates.map(({ day }) => day));
  const distinct = new Set(dates.map(({ month, day }) => month * 100 + day));
  if (distinct.size !== named.size * counted.size) {
    refuse("one rule cannot have dates that differ in both day and month: make one for each date");
  }
  draft.months = [...named];
  draft.monthDays = [...counted];
  draft.dates = [];
}

function takeCycle(draft: Draft, interval: number): void {
  const { months } = draft;
  draft.frequency = "YEARLY";
  draft.interval = undefined;
  if (interval % 12 === 0) {
    draft.interval = interval > 12 ? interval / 12 : undefined;
    return;
  }
  if (12 % interval !== 0) refuse(`every ${interval} months it is another month`);
  const phase = (months[0] ?? 0) % interval;
  const cycle = Array.from({ length: 12 }, (_, index) => index + 1).filter(
    (month) => month % interval === phase,
  );
  const all = months.length === 1 || months.length === cycle.length;
  if (!all || months.some((month) => month % interval !== phase)) {
    refuse(`these months are not ${interval} months apart`);
  }
  draft.months = cycle;
}
