import type { Priority } from "./content.ts";
import type { Derived } from "./derived.ts";
import type { DueKind } from "./due.ts";
import type { OccurrenceFields } from "./occurrence.ts";

/** The numbers are the contract's. */
export const Status = { open: 1, completed: 2, skipped: 3 } as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Everything that is stored of a task. */
export interface TaskFields extends Derived, OccurrenceFields {
  id: string;
  userId: string;
  /** The stream whose events keep their order. Never changes. */
  streamId: string;
  title: string;
  /** What the title is sorted by. */
  titleKey: string;
  description: string;
  priority: Priority;
  tags: readonly string[];
  dueKind: DueKind | null;
  /** The due date's place on the UTC clock. */
  dueAt: Date | null;
  dueTzid: string | null;
  subtaskOf: string | null;
  /** The ids of the tasks to be done before, each once. */
  dependsOn: readonly string[];
  /** Whether completing the last open part completes the task. */
  completeWithSubtasks: boolean;
  /** How many minutes before it is due to remind of it; descending, each once. */
  reminderMinutes: readonly number[];
  status: Status;
  /** 1 when made, one more at every change. */
  version: number;
  /** The version in which a field last changed. A field that is missing never did. */
  fieldVersions: Readonly<Record<string, number>>;
  /** The place of the last change among all changes of the user. Given when it is saved. */
  userSeq: bigint;
  createTime: Date;
  updateTime: Date;
  completeTime: Date | null;
  deleteTime: Date | null;
  purgeTime: Date | null;
  /** The task with which this one went into the trash; null: by itself. */
  deletedWith: string | null;
}
