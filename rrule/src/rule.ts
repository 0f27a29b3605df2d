/** Those that count days of the calendar. */
export const frequencies = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] as const;
export type CalendarFrequency = (typeof frequencies)[number];

/** Those that count time that passes, whatever the clocks do meanwhile. */
export const subDailyFrequencies = ["MINUTELY", "HOURLY"] as const;
export type SubDailyFrequency = (typeof subDailyFrequencies)[number];

export type Frequency = CalendarFrequency | SubDailyFrequency;

/** What becomes of a date that a month does not have (RFC 7529): left out, or moved to its neighbour. */
export const skips = ["OMIT", "BACKWARD", "FORWARD"] as const;
export type Skip = (typeof skips)[number];

/** In the order of their numbers: 0 is Monday. */
export const weekdayNames = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;

/** A weekday of BYDAY: every one for ordinal 0, else the nth of the month or year, from the end if negative. */
export interface ByDay {
  readonly weekday: number;
  readonly ordinal: number;
}

/** The end of a rule: an instant, a time on the wall, or a whole day. All are inclusive. */
export interface Until {
  readonly kind: "instant" | "wall" | "day";
  /** Seconds; for a day those of its midnight. */
  readonly seconds: number;
}

/** A recurrence rule whose every value has been checked. Lists are empty where the rule has no such part. */
export interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | undefined;
  readonly until: Until | undefined;
  readonly byMonth: readonly number[];
  readonly byWeekNo: readonly number[];
  readonly byYearDay: readonly number[];
  readonly byMonthDay: readonly number[];
  readonly byDay: readonly ByDay[];
  readonly byHour: readonly number[];
  readonly byMinute: readonly number[];
  readonly bySecond: readonly number[];
  readonly bySetPos: readonly number[];
  readonly weekStart: number;
  readonly skip: Skip;
}

/** A rule whose occurrences lie on days of the calendar. */
export type CalendarRule = Rule & { readonly frequency: CalendarFrequency };
/** A rule whose occurrences lie a fixed time apart. */
export type SubDailyRule = Rule & { readonly frequency: SubDailyFrequency };

export function isSubDaily(rule: Rule): rule is SubDailyRule {
  return rule.frequency === "HOURLY" || rule.frequency === "MINUTELY";
}

export function isOfCalendar(rule: Rule): rule is CalendarRule {
  return !isSubDaily(rule);
}
