import { isDeepStrictEqual } from "node:util";
import { checkContent, contentFields, type Priority, type TaskContent } from "./content.ts";
import { type Due, type DueKind, dueAt, placeOf } from "./due.ts";
import { TaskInTrashError, VersionStaleError, VersionUnknownError } from "./rule-errors.ts";

/** The numbers are the contract's. */
export const Status = { open: 1, completed: 2, skipped: 3 } as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Something that happened to a task, with the contract's names of the fields that it changed. */
export interface Change {
  kind: "created" | "updated" | "completed" | "reopened" | "deleted" | "restored";
  fields: readonly string[];
}

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
    const { due, ...rest } = changes;
    Object.assign(this, rest);
    if (due !== undefined) Object.assign(this, dueColumns(due));
    this.titleKey = titleKey(this.title);
    return this.#changed(
      "updated",
      changed.map((field) => contentFields[field]),
      now,
    );
  }

  /** @throws TaskInTrashError, VersionStaleError, VersionUnknownError */
  complete(seenVersion: number | undefined, now: Date): Change | undefined {
    this.#refuseInTrash();
    this.#refuseChangedSince(seenVersion);
    if (this.status === Status.completed) return undefined;
    this.status = Status.completed;
    this.completeTime = now;
    return this.#changed("completed", ["status"], now);
  }

  /** @throws TaskInTrashError, VersionStaleError, VersionUnknownError */
  reopen(seenVersion: number | undefined, now: Date): Change | undefined {
    this.#refuseInTrash();
    this.#refuseChangedSince(seenVersion);
    if (this.status === Status.open) return undefined;
    this.status = Status.open;
    this.completeTime = null;
    return this.#changed("reopened", ["status"], now);
  }

  /** @throws VersionStaleError, VersionUnknownError */
  delete(seenVersion: number | undefined, now: Date): Change | undefined {
    this.#refuseChangedSince(seenVersion);
    if (this.deleteTime !== null) return undefined;
    this.deleteTime = now;
    this.purgeTime = new Date(now.getTime() + trashDays * dayMs);
    return this.#changed("deleted", ["delete_time"], now);
  }

  /** @throws VersionStaleError, VersionUnknownError */
  restore(seenVersion: number | undefined, now: Date): Change | undefined {
    this.#refuseChangedSince(seenVersion);
    if (this.deleteTime === null) return undefined;
    this.deleteTime = null;
    this.purgeTime = null;
    return this.#changed("restored", ["delete_time"], now);
  }

  #changed(kind: Change["kind"], fields: readonly string[], now: Date): Change {
    this.version += 1;
    this.updateTime = now;
    const versions = Object.fromEntries(fields.map((field) => [field, this.version]));
    this.fieldVersions = { ...this.fieldVersions, ...versions };
    return { kind, fields };
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
