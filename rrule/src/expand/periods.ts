import { civilOf, cycleDays, dayOf } from "../calendar/civil.ts";
import { weekStartOf } from "../calendar/weeks.ts";
import type { CalendarFrequency } from "../rule.ts";
import type { Pattern } from "./pattern.ts";

/** The periods of a rule, numbered from the one that holds its start. */
export interface Periods {
  /** The first day of a period. */
  startOf(index: number): number;
  /** The newest period that starts at or before a day. Negative before the start. */
  before(day: number): number;
}

const calendar: Readonly<Record<CalendarFrequency, number>> = {
  DAILY: cycleDays,
  WEEKLY: cycleDays / 7,
  MONTHLY: 4800,
  YEARLY: 400,
};

/**
 * After so many periods in a row everything the pattern looks at has repeated: the weekdays, or the calendar with its
 * 400 years. A rule without a match in all of them never has one.
 */
export function cycleOf({ frequency, months, monthDays, yearDays }: Pattern): number {
  const looksAtDates = months !== undefined || monthDays.length > 0 || yearDays.length > 0;
  if (frequency === "DAILY" && !looksAtDates) return 7;
  if (frequency === "WEEKLY" && !looksAtDates) return 1;
  return calendar[frequency];
}

export function periodsOf({ frequency, interval, startDay, weekStart }: Pattern): Periods {
  switch (frequency) {
    case "DAILY":
      return everyDays(startDay, interval);
    case "WEEKLY":
      return everyDays(weekStartOf(startDay, weekStart), interval * 7);
    case "MONTHLY":
      return everyMonths(startDay, interval);
    case "YEARLY":
      return everyYears(startDay, interval);
  }
}

/** Months are counted from the year 0. */
export function monthOf(day: number): number {
  const { year, month } = civilOf(day);
  return year * 12 + month - 1;
}

function everyDays(first: number, step: number): Periods {
  return {
    startOf: (index) => first + index * step,
    before: (day) => Math.floor((day - first) / step),
  };
}

function everyMonths(startDay: number, interval: number): Periods {
  const first = monthOf(startDay);
  return {
    startOf: (index) => {
      const month = first + index * interval;
      return dayOf(Math.floor(month / 12), (month % 12) + 1, 1);
    },
    before: (day) => Math.floor((monthOf(day) - first) / interval),
  };
}

function everyYears(startDay: number, interval: number): Periods {
  const first = civilOf(startDay).year;
  return {
    startOf: (index) => dayOf(first + index * interval, 1, 1),
    before: (day) => Math.floor((civilOf(day).year - first) / interval),
  };
}
