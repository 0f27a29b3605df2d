import type { ByDay } from "../rule.ts";

/** A time of the day. */
export interface ClockTime {
  readonly hour: number;
  readonly minute: number;
  /** Whether it may be one of the afternoon: an hour up to twelve, of which no half of the day was said. */
  readonly open: boolean;
}

export const partsOfDay = ["morning", "noon", "afternoon", "evening", "night"] as const;
export type PartOfDay = (typeof partsOfDay)[number];

/** A day that comes once a year. */
export interface DayOfYear {
  readonly month: number;
  readonly day: number;
}

export type SpokenFrequency = "MINUTELY" | "HOURLY" | "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";

/**
 * How days were said. `on Monday` needs a frequency to say which Monday; `every Monday` is a frequency; `on every Monday`
 * goes with one; `if it is a Monday` leaves out what a frequency gives.
 */
export type DaysSaid = "on" | "every" | "on every" | "if";

/** What has been understood of a text so far. */
export interface Draft {
  frequency: SpokenFrequency | undefined;
  interval: number | undefined;
  /** How many times in each period, as in `twice a week`, and what to write if it is not said when. */
  timesPer: { readonly count: number; readonly example: string } | undefined;
  days: number[];
  daysSaid: DaysSaid;
  exceptDays: number[];
  nth: ByDay[];
  /** Counted in the year, not in the month. */
  nthOfYear: boolean;
  /** Positions among the working days of a month, from its end if negative. */
  workdays: number[];
  monthDays: number[];
  monthDaysSaid: DaysSaid;
  /** Said as `every first day`, which is one of each month if no other is named. */
  monthDaysOpen: boolean;
  /** Said of the days of the month: they are meant in each one. */
  ofEveryMonth: boolean;
  dates: DayOfYear[];
  yearDays: number[];
  weeks: number[];
  months: number[];
  /** Said as `only in`: the months leave out what a frequency gives. */
  onlyMonths: boolean;
  exceptMonths: number[];
  times: ClockTime[];
  partOfDay: PartOfDay | undefined;
  /** The hours within which something repeats, as clock times. */
  between: { readonly from: ClockTime; readonly to: ClockTime } | undefined;
  hours: number[];
  minutes: number[];
  seconds: number[];
  positions: number[];
  weekStart: number | undefined;
  skip: "BACKWARD" | "FORWARD" | undefined;
  count: number | undefined;
  /** `20261231`, or with a time as UNTIL has it */
  until: string | undefined;
  /** The first day: `2026-12-31` */
  start: string | undefined;
  /** Whether the next time is counted from when the last one was done. */
  fromCompletion: boolean;
  /** How sure it is that the writer meant this: 1 where nothing else could be meant. */
  confidence: number;
}

export const workingDays = [0, 1, 2, 3, 4];

export function emptyDraft(): Draft {
  return {
    frequency: undefined,
    interval: undefined,
    timesPer: undefined,
    days: [],
    daysSaid: "on",
    exceptDays: [],
    nth: [],
    nthOfYear: false,
    workdays: [],
    monthDays: [],
    monthDaysSaid: "on",
    monthDaysOpen: false,
    ofEveryMonth: false,
    dates: [],
    yearDays: [],
    weeks: [],
    months: [],
    onlyMonths: false,
    exceptMonths: [],
    times: [],
    partOfDay: undefined,
    between: undefined,
    hours: [],
    minutes: [],
    seconds: [],
    positions: [],
    weekStart: undefined,
    skip: undefined,
    count: undefined,
    until: undefined,
    start: undefined,
    fromCompletion: false,
    confidence: 1,
  };
}
