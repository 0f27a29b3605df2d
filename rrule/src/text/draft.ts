import { type ByDay, type Frequency, weekdayNames } from "../rule.ts";

/** A time of the day. */
export interface ClockTime {
  readonly hour: number;
  readonly minute: number;
}

/** What has been understood of a text so far. */
export interface Draft {
  frequency: Frequency | undefined;
  interval: number | undefined;
  days: number[];
  nth: ByDay[];
  /** Positions among the working days of a month, from its end if negative. */
  workdays: number[];
  monthDays: number[];
  months: number[];
  times: ClockTime[];
  count: number | undefined;
  /** `20261231` */
  until: string | undefined;
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
    days: [],
    nth: [],
    workdays: [],
    monthDays: [],
    months: [],
    times: [],
    count: undefined,
    until: undefined,
    fromCompletion: false,
    confidence: 1,
  };
}

/** The rule of a draft; `undefined` if it makes none. */
export function ruleTextOf(draft: Draft): string | undefined {
  const frequency = draft.frequency ?? impliedFrequency(draft);
  if (frequency === undefined) return undefined;
  const dayOfYear = draft.monthDays.length > 0 || draft.workdays.length > 0;
  if (frequency === "YEARLY" && dayOfYear && draft.months.length === 0) return undefined;
  const clock = clockParts(draft.times);
  const kindsOfDays = [draft.days, draft.nth, draft.workdays].filter((list) => list.length > 0).length;
  if (clock === undefined || kindsOfDays > 1) return undefined;
  const days = [
    ...(draft.workdays.length > 0 ? workingDays : draft.days).map((weekday) => weekdayNames[weekday]),
    ...draft.nth.map(({ weekday, ordinal }) => `${ordinal}${weekdayNames[weekday]}`),
  ];
  return [
    `FREQ=${frequency}`,
    draft.interval === undefined ? "" : `INTERVAL=${draft.interval}`,
    list("BYMONTH", draft.months),
    list("BYMONTHDAY", draft.monthDays),
    list("BYDAY", days),
    ...clock,
    list("BYSETPOS", draft.workdays),
    draft.count === undefined ? "" : `COUNT=${draft.count}`,
    draft.until === undefined ? "" : `UNTIL=${draft.until}`,
  ]
    .filter((part) => part !== "")
    .join(";");
}

function impliedFrequency({ months, nth, monthDays, workdays, days }: Draft): Frequency | undefined {
  if (days.length > 0) return "WEEKLY";
  if (months.length > 0) return "YEARLY";
  return nth.length + monthDays.length + workdays.length > 0 ? "MONTHLY" : undefined;
}

/** Several times are only a rule if every hour goes with every minute. */
function clockParts(times: readonly ClockTime[]): string[] | undefined {
  const hours = [...new Set(times.map(({ hour }) => hour))];
  const minutes = [...new Set(times.map(({ minute }) => minute))];
  const all = new Set(times.map(({ hour, minute }) => hour * 60 + minute));
  if (all.size !== hours.length * minutes.length) return undefined;
  return [list("BYHOUR", hours), list("BYMINUTE", minutes)];
}

function list(name: string, values: readonly unknown[]): string {
  return values.length === 0 ? "" : `${name}=${[...new Set(values)].join(",")}`;
}
