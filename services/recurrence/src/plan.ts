/** What of a series decides about its next occurrence. Nothing of it is in the user's words. */
export interface SeriesPlan {
  readonly rrule: string;
  /** The start, on the wall of `tzid`. */
  readonly dtstart: string;
  readonly tzid: string;
  /** Whether the rule goes on as scheduled or starts anew on the day of a completion. */
  readonly anchor: "schedule" | "completion";
  /** Whether the next occurrence is made when the one before is done, or when it falls due itself. */
  readonly trigger: "completion" | "due";
  /** Which of the occurrences that were missed are made: the latest, all of them, or none. */
  readonly missed: "one" | "all" | "none";
  readonly allDay: boolean;
  /** The occurrence that was made last: its time on the wall. */
  readonly recurrenceId: string;
  /** Its number among all occurrences of the rule, from 1. */
  readonly number: number;
  /** The occurrences that the user left out: their times on the wall. */
  readonly excluded: readonly string[];
}

/** What became of the occurrence that was made last. */
export interface Done {
  readonly how: "completed" | "skipped";
  readonly time: Date;
}
