import type { Series as SeriesMessage } from "@todo/proto/todo/task/v1/series";
import type { Turn } from "#src/domain/occurrence.ts";
import type { Series, SeriesFields, SeriesSettings } from "#src/domain/series.ts";
import type { Task } from "#src/domain/task.ts";

/** What happened to a series. */
export type FactKind = Turn | "created" | "changed" | "ended" | "exhausted";

/** What a command says of a series, for `task.recurring`. */
export interface SeriesFact {
  kind: FactKind;
  /** The series behind it. */
  series: SeriesMessage;
  /** The occurrence that it is about. */
  task: Task;
  /** The task by whose change it came about, whose place it has. */
  at: Task;
  reason: string;
}

/** What a command does to a series besides what follows from the changes of its tasks. */
export interface SeriesChange {
  series: Series;
  kind: "changed" | "ended" | "exhausted";
  /** The changed task whose place it has. */
  at: Task;
}

/** What a command put something else in the place of in a series, as the feed keeps it with the change of a task. */
export interface SeriesImage {
  id: string;
  /** The version of the settings that it made. */
  made: number;
  before: Partial<SeriesSettings>;
  /** Which occurrence the latest was, if it became another one. */
  place?: Pick<SeriesFields, "recurrenceId" | "number">;
}
