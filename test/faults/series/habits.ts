/** How a task repeats, and when it is due first: a time that its rule names. */
export interface Habit {
  readonly rrule: string;
  readonly tzid: string;
  /** On the wall of the zone. */
  readonly first: string;
  readonly anchor: "schedule" | "completion";
  readonly allDay?: true;
}

/**
 * What every user does again and again. All of it lies ahead, so that nothing is ever missed; and the clocks change on
 * the way, at 02:30 in New York even at the very time.
 */
export const habits: readonly Habit[] = [
  {
    rrule: "FREQ=MONTHLY;BYDAY=-1FR",
    tzid: "Europe/Berlin",
    first: "2099-02-27T17:00:00",
    anchor: "schedule",
  },
  { rrule: "FREQ=DAILY", tzid: "America/New_York", first: "2099-03-01T02:30:00", anchor: "schedule" },
  {
    rrule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR",
    tzid: "Asia/Kolkata",
    first: "2099-01-05T06:15:00",
    anchor: "schedule",
  },
  {
    rrule: "FREQ=MONTHLY;BYMONTHDAY=31",
    tzid: "Australia/Lord_Howe",
    first: "2099-01-31T09:00:00",
    anchor: "schedule",
  },
  {
    rrule: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    tzid: "UTC",
    first: "2096-02-29T12:00:00",
    anchor: "schedule",
  },
  {
    rrule: "FREQ=WEEKLY;BYDAY=SU",
    tzid: "America/Sao_Paulo",
    first: "2099-01-04T00:00:00",
    anchor: "schedule",
    allDay: true,
  },
  {
    rrule: "FREQ=DAILY;INTERVAL=3",
    tzid: "Europe/Berlin",
    first: "2099-03-27T02:15:00",
    anchor: "completion",
  },
  {
    rrule: "FREQ=WEEKLY;BYDAY=TU,SA",
    tzid: "Pacific/Auckland",
    first: "2099-03-31T20:00:00",
    anchor: "completion",
  },
];
