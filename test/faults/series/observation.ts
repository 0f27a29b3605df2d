/** A row of `task.task`, of whatever task the users have. */
export interface OccurrenceRow {
  readonly taskId: string;
  readonly userId: string;
  /** Null, like the three below: it is no occurrence. */
  readonly seriesId: string | null;
  readonly recurrenceId: string | null;
  readonly ordinal: number | null;
  readonly number: number | null;
  readonly follows: string | null;
  readonly status: "open" | "completed" | "other";
  readonly deleted: boolean;
}

/** An occurrence as its user is shown it. */
export interface ShownOccurrence {
  readonly taskId: string;
  readonly seriesId: string;
  /** Whom it was shown to. */
  readonly userId: string;
  /** A date, or seconds with the zone they are thought of in. */
  readonly due: string;
}

/** A series as its user is shown it. */
export interface ShownSeries {
  readonly id: string;
  readonly active: boolean;
  readonly recurrenceId: string;
}

/** A record of `task.recurring` that tells of an occurrence. */
export interface OccurrenceEvent {
  readonly eventId: string;
  readonly type: "created" | "completed" | "other";
  readonly userId: string;
  readonly seriesId: string;
  readonly recurrenceId: string;
}

/** Everything that the system holds of the series, once it has come to rest. */
export interface SeriesObservation {
  readonly rows: readonly OccurrenceRow[];
  readonly shown: readonly ShownOccurrence[];
  readonly series: readonly ShownSeries[];
  readonly events: readonly OccurrenceEvent[];
}
