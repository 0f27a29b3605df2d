import { isDeepStrictEqual } from "node:util";
import { checkContent, contentFields, type Priority, type TaskContent } from "./content.ts";
import { type Due, type DueKind, dueAt, placeOf } from "./due.ts";
import { TaskInTrashError, VersionStaleError, VersionUnknownError } from "./rule-errors.ts";

/** The numbers are the contract's. */
export const Status = { open: 1, completed: 2, skipped: 3 } as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Something that happened to a task, with the contract's names of the fields that it changed. */
export interface Change {
  kind: "created" | "updated" | "completed" | "reopened" | "deleted" | "restored" | "purged";
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

/** What undoes each kind of change, but for one that leaves no task. */
const inverse = {
  created: "deleted",
  updated: "updated",
  completed: "reopened",
  reopened: "completed",
  deleted: "restored",
  restored: "deleted",
} satisfies Record<Exclude<Change["kind"], "purged">, Change["kind"]>;

/** That a task was made, which `Task.create` does without saying so. */
export const created: Change = { kind: "created", fields: [], version: 1, before: {}, after: {} };

/** How long a task stays in the trash. */
export const trashDays = 30;

const dayMs = 24 * 60 * 60 * 1_000;

/** Everything that is stored of a task. */
export interface TaskFields {
  id: string;
  userId: string;
  /** The stream whose events keep their order. Never changes. */
  streamId: string;
  seriesId: string | null;
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
}

/** One thing to do, with the rules of how it changes. A method that changes something says what; else nothing. */
export class Task implements TaskFields {
  readonly id!: string;
  readonly userId!: string;
  readonly streamId!: string;
  seriesId!: string | null;
  title!: string;
  titleKey!: string;
  description!: string;
  priority!: Priority;
  tags!: readonly string[];
  dueKind!: DueKind | null;
  dueAt!: Date | null;
  dueTzid!: string | null;
  subtaskOf!: string | null;
  status!: Status;
  version!: number;
  fieldVersions!: Readonly<Record<string, number>>;
  userSeq!: bigint;
  readonly createTime!: Date;
  updateTime!: Date;
  completeTime!: Date | null;
  deleteTime!: Date | null;
  purgeTime!: Date | null;

  constructor(fields: TaskFields) {
    Object.assign(this, fields);
  }

  /** @throws FieldsInvalidError */
  static create(id: string, userId: string, content: TaskContent, now: Date): Task {
    checkContent(content);
    const { due, ...rest } = content;
    return new Task({
      ...rest,
      ...dueColumns(due),
      id,
      userId,
      streamId: id,
      seriesId: null,
      titleKey: titleKey(content.title),
      status: Status.open,
      version: 1,
      fieldVersions: {},
      userSeq: 0n,
      createTime: now,
      updateTime: now,
      completeTime: null,
      deleteTime: null,
      purgeTime: null,
    });
  }

  get due(): Due | null {
    if (this.dueKind === null || this.dueAt === null) return null;
    return dueAt(this.dueKind, this.dueAt, this.dueTzid);
  }

  /**
   * Changes the fields that are given. With `seenVersion` it is refused if one of them changed since that version;
   * other fields may have.
   *
   * @throws FieldsInvalidError, TaskInTrashError, VersionStaleError, VersionUnknownError
   */
  update(changes: Partial<TaskContent>, seenVersion: number | undefined, now: Date): Change | undefined {
    checkContent(changes);
    this.#refuseInTrash();
    const named = Object.keys(changes) as (keyof TaskContent)[];
    this.#refuseChangedSince(
      seenVersion,
      named.map((field) => contentFields[field]),
    );
    const changed = named.filter((field) => !isDeepStrictEqual(this[field], changes[field]));
    if (changed.length === 0) return undefined;
    const fields = changed.map((field) => contentFields[field]);
    return this.#change("updated", fields, storedOf(pick(changes, changed)), now);
  }

  /** @throws TaskInTrashError, VersionStaleError, VersionUnknownError */
  complete(seenVersion: number | undefined, now: Date): Change | undefined {
    this.#refuseInTrash();
    this.#refuseChangedSince(seenVersion);
    if (this.status === Status.completed) return undefined;
    return this.#change("completed", ["status"], { status: Status.completed, completeTime: now }, now);
  }

  /** @throws TaskInTrashError, VersionStaleError, VersionUnknownError */
  reopen(seenVersion: number | undefined, now: Date): Change | undefined {
    this.#refuseInTrash();
    this.#refuseChangedSince(seenVersion);
    if (this.status === Status.open) return undefined;
    return this.#change("reopened", ["status"], { status: Status.open, completeTime: null }, now);
  }

  /** @throws VersionStaleError, VersionUnknownError */
  delete(seenVersion: number | undefined, now: Date): Change | undefined {
    this.#refuseChangedSince(seenVersion);
    if (this.deleteTime !== null) return undefined;
    return this.#change("deleted", ["delete_time"], trashed(now), now);
  }

  /** @throws VersionStaleError, VersionUnknownError */
  restore(seenVersion: number | undefined, now: Date): Change | undefined {
    this.#refuseChangedSince(seenVersion);
    if (this.deleteTime === null) return undefined;
    return this.#change("restored", ["delete_time"], { deleteTime: null, purgeTime: null }, now);
  }

  /**
   * Takes a change back, by one that puts everything in its place again. A task that was made goes to the trash.
   *
   * @throws VersionStaleError if what the change did was changed since, TaskInTrashError
   */
  revert(change: Revertible, now: Date): Change {
    if (change.kind !== "deleted") this.#refuseInTrash();
    const fields = change.kind === "created" ? Object.keys(this.fieldVersions) : change.fields;
    const since = fields.filter((field) => (this.fieldVersions[field] ?? 0) > change.version);
    if (since.length > 0) throw new VersionStaleError(since.sort());
    if (change.kind === "created") return this.#change("deleted", ["delete_time"], trashed(now), now);
    return this.#change(inverse[change.kind], change.fields, change.before, now);
  }

  /** For good. */
  purge(now: Date): Change {
    return this.#change("purged", [], {}, now);
  }

  #change(kind: Change["kind"], fields: readonly string[], after: Partial<TaskFields>, now: Date): Change {
    const before = pick<TaskFields>(this, Object.keys(after) as (keyof TaskFields)[]);
    Object.assign(this, after);
    this.version += 1;
    this.updateTime = now;
    const versions = Object.fromEntries(fields.map((field) => [field, this.version]));
    this.fieldVersions = { ...this.fieldVersions, ...versions };
    return { kind, fields, version: this.version, before, after };
  }

  #refuseInTrash(): void {
    if (this.deleteTime !== null) throw new TaskInTrashError("the task is in the trash");
  }

  /** `fields`: those that count; by default all. */
  #refuseChangedSince(seenVersion: number | undefined, fields?: readonly string[]): void {
    if (seenVersion === undefined) return;
    if (seenVersion > this.version) throw new VersionUnknownError("the task never had this version");
    const changed = Object.entries(this.fieldVersions)
      .filter(([field, version]) => version > seenVersion && fields?.includes(field) !== false)
      .map(([field]) => field);
    if (changed.length > 0) throw new VersionStaleError(changed.sort());
  }
}

function pick<T>(from: T, keys: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Partial<T>;
}

function trashed(now: Date): Pick<TaskFields, "deleteTime" | "purgeTime"> {
  return { deleteTime: now, purgeTime: new Date(now.getTime() + trashDays * dayMs) };
}

/** How changes of content are stored. */
function storedOf({ due, ...rest }: Partial<TaskContent>): Partial<TaskFields> {
  return {
    ...rest,
    ...(rest.title === undefined ? {} : { titleKey: titleKey(rest.title) }),
    ...(due === undefined ? {} : dueColumns(due)),
  };
}

function dueColumns(due: Due | null): Pick<TaskFields, "dueKind" | "dueAt" | "dueTzid"> {
  if (due === null) return { dueKind: null, dueAt: null, dueTzid: null };
  return { dueKind: due.kind, dueAt: placeOf(due), dueTzid: due.kind === "zoned" ? due.tzid : null };
}

/**
 * Lower case, and cut to 600 bytes of UTF-8 so that a page token can hold it. Only titles of more than 150 characters
 * beyond the basic plane are ever cut.
 */
function titleKey(title: string): string {
  let key = title.toLowerCase();
  while (Buffer.byteLength(key) > 600) key = [...key].slice(0, -1).join("");
  return key;
}
