import type { DerivedKind } from "./derived.ts";
import type { TaskFields } from "./task.ts";

/** Something that happened to a task, with the contract's names of the fields that it changed. */
export interface Change {
  kind: "created" | "updated" | "completed" | "reopened" | "deleted" | "restored" | "purged" | DerivedKind;
  fields: readonly string[];
  /** The version that it made. */
  version: number;
  /** What it put something else in the place of; nothing for a new task. */
  before: Partial<TaskFields>;
  after: Partial<TaskFields>;
}

/** The fields that a change of a kind is about; an update names its own. */
export const fieldsOfKind: Readonly<Partial<Record<Change["kind"], readonly string[]>>> = {
  created: [],
  completed: ["status"],
  reopened: ["status"],
  deleted: ["delete_time"],
  restored: ["delete_time"],
  purged: [],
};

/** A change that can be taken back. */
export type Revertible = Pick<Change, "fields" | "version" | "before"> & { kind: keyof typeof inverse };

/** What undoes each kind of change, but for one that leaves no task. What follows from other tasks follows again. */
export const inverse = {
  created: "deleted",
  updated: "updated",
  completed: "reopened",
  reopened: "completed",
  deleted: "restored",
  restored: "deleted",
} satisfies Record<Exclude<Change["kind"], "purged" | DerivedKind>, Change["kind"]>;

/** That a task was made, which `Task.create` does without saying so. */
export const created: Change = { kind: "created", fields: [], version: 1, before: {}, after: {} };
