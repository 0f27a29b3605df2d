/** What of a task follows from other tasks, and so is never set by hand, nor taken back: it follows again. */
export interface Derived {
  /** Whether a task that it depends on is open and not in the trash. */
  blocked: boolean;
  /** How many direct parts it has that are not in the trash. */
  subtaskCount: number;
  /** How many of them are done. */
  completedSubtaskCount: number;
}

/** A task that nothing else concerns yet. */
export const underived: Derived = { blocked: false, subtaskCount: 0, completedSubtaskCount: 0 };

export const derivedProperties = Object.keys(underived) as readonly (keyof Derived)[];

const derivedKinds = ["progressed", "blocked", "unblocked"] as const;

/** What happened to a task to which nothing happened but by others. */
export type DerivedKind = (typeof derivedKinds)[number];

export function isDerived(kind: string): kind is DerivedKind {
  return (derivedKinds as readonly string[]).includes(kind);
}

export function derivedKind({ blocked }: Partial<Derived>): DerivedKind {
  if (blocked === undefined) return "progressed";
  return blocked ? "blocked" : "unblocked";
}

/**
 * What the versions of fields call the tasks beneath a task, which share its fate when it is completed or deleted. The
 * version is that in which one came last, so that an etag from before does not take it along.
 */
export const subtasks = "subtasks";

/** The names of the fields of a task itself that ever changed. */
export function ownFields({ fieldVersions }: { fieldVersions: Readonly<Record<string, number>> }): string[] {
  return Object.keys(fieldVersions).filter((field) => field !== subtasks);
}
