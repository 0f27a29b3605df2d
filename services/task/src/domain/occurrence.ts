import type { Change } from "./change.ts";
import { ownFields } from "./derived.ts";
import { Status, type Task } from "./task.ts";

/** The place of a task in its series. */
export interface Occurrence {
  /** The how manieth task of the series it is. One that took the place of another has its number. */
  ordinal: number;
  /** Its number among all occurrences of the rule; 0: it is none of them. */
  number: number;
  /** The `recurrence_id` of the one before it; null: it is the first. */
  follows: string | null;
  /** How many were missed between that one and this. */
  missed: number;
  /** How many parts were made with it. */
  parts: number;
  /** Which of its parts stand in the place of which of the one before, where a part of those repeats by itself. */
  places?: Readonly<Record<string, string>>;
  /** The version as which it was made. */
  made: number;
  reckoned?: Reckoned;
}

/** How its instants were computed. */
export interface Reckoned {
  /** The version of the time zones. */
  tzdata: string;
  /** The instant at which it is due by its series; null: by that it has none. */
  due: string | null;
}

/** What a task has of its series. */
export interface OccurrenceFields {
  seriesId: string | null;
  /** Its original wall clock time in the zone of the series. Never the same twice within a series. */
  recurrenceId: string | null;
  /** The first task of the series; null for that one. */
  parentTaskId: string | null;
  /** Whether the series goes on; for a task that is done, whether it did then. */
  isRecurring: boolean;
  rrulePattern: string | null;
  /** When the one behind it falls due. */
  nextOccurrence: Date | null;
  occurrence: Occurrence | null;
}

export const unrepeated: OccurrenceFields = {
  seriesId: null,
  recurrenceId: null,
  parentTaskId: null,
  isRecurring: false,
  rrulePattern: null,
  nextOccurrence: null,
  occurrence: null,
};

/** The contract's name of what callers see of it. */
export const occurrenceFields: Readonly<Partial<Record<keyof OccurrenceFields, string>>> = {
  seriesId: "series_id",
  recurrenceId: "recurrence_id",
  isRecurring: "is_recurring",
  rrulePattern: "rrule_pattern",
  nextOccurrence: "next_occurrence",
};

/** A task that belongs to a series. */
export type OccurrenceTask = Task & { seriesId: string; recurrenceId: string; occurrence: Occurrence };

export function isOccurrence(task: Task): task is OccurrenceTask {
  return task.seriesId !== null && task.recurrenceId !== null && task.occurrence !== null;
}

/** What became of an occurrence: it was done, left out, or is to be done (again). */
export type Turn = "completed" | "skipped" | "opened";

/** `undefined`: as before, for the series. One that goes into the trash with the task above it only rests there. */
export function turnOf(task: Task, { kind, before }: Change): Turn | undefined {
  if (kind === "created") return "opened";
  const was = { status: task.status, deleteTime: task.deleteTime, deletedWith: task.deletedWith, ...before };
  if ((was.deletedWith ?? task.deletedWith) !== null) return undefined;
  const wasOpen = was.status === Status.open && was.deleteTime === null;
  if (task.isOpen) return wasOpen ? undefined : "opened";
  if (task.status === Status.completed && task.deleteTime === null && was.status !== Status.completed) {
    return "completed";
  }
  return wasOpen ? "skipped" : undefined;
}

/** Whether it lies in the trash with the task above it. */
export function rests({ deletedWith }: Pick<Task, "deletedWith">): boolean {
  return deletedWith !== null;
}

/** Whether a change ends an occurrence's rest: it is there again, or gone for good. */
export function endsRest(task: Task, { kind, before }: Change): boolean {
  return kind === "purged"
    ? rests(task)
    : kind === "restored" && rests({ deletedWith: before.deletedWith ?? null });
}

/** Whether nobody did anything to a task since the series made it. `repeating`: its parts that came by themselves. */
export function isUntouched(task: OccurrenceTask, repeating = 0): boolean {
  const { parts } = task.occurrence;
  return (
    task.isOpen &&
    isAsMade(task) &&
    task.completedSubtaskCount === 0 &&
    task.subtaskCount === parts + repeating
  );
}

/** Whether nobody changed a field of it since the series made it. */
export function isAsMade(task: OccurrenceTask): boolean {
  return !ownFields(task).some((field) => (task.fieldVersions[field] ?? 0) > task.occurrence.made);
}

/** Whether the instant at which it is due is that of its series, and not one of the user's. */
export function hasDueOfSeries({ dueAt, fieldVersions, occurrence }: OccurrenceTask): boolean {
  const { reckoned, follows, made } = occurrence;
  if (reckoned !== undefined) return reckoned.due !== null && reckoned.due === dueAt?.toISOString();
  return follows !== null && (fieldVersions["due"] ?? 0) <= made;
}
