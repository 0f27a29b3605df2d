import { isDeepStrictEqual } from "node:util";
import { type Change, inverse, type Revertible } from "./change.ts";
import { checkContent, contentFields, type Priority, type TaskContent } from "./content.ts";
import { type Derived, derivedKind, derivedProperties, ownFields, subtasks, underived } from "./derived.ts";
import { type Due, type DueKind, dueAt } from "./due.ts";
import { type Occurrence, type OccurrenceFields, occurrenceFields, unrepeated } from "./occurrence.ts";
import { TaskInTrashError, VersionStaleError, VersionUnknownError } from "./rule-errors.ts";
import { dueColumns, storedOf, titleKey } from "./stored.ts";
import { Status, type TaskFields } from "./task-fields.ts";

export { type Change, created, fieldsOfKind, type Revertible } from "./change.ts";
export { Status, type TaskFields } from "./task-fields.ts";

/** How long a task stays in the trash. */
export const trashDays = 30;

const dayMs = 24 * 60 * 60 * 1_000;

/** One thing to do, with the rules of how it changes. A method that changes something says what; else nothing. */
export class Task implements TaskFields {
  readonly id!: string;
  readonly userId!: string;
  readonly streamId!: string;
  seriesId!: string | null;
  recurrenceId!: string | null;
  parentTaskId!: string | null;
  isRecurring!: boolean;
  rrulePattern!: string | null;
  nextOccurrence!: Date | null;
  occurrence!: Occurrence | null;
  title!: string;
  titleKey!: string;
  description!: string;
  priority!: Priority;
  tags!: readonly string[];
  dueKind!: DueKind | null;
  dueAt!: Date | null;
  dueTzid!: string | null;
  subtaskOf!: string | null;
  dependsOn!: readonly string[];
  completeWithSubtasks!: boolean;
  reminderMinutes!: readonly number[];
  blocked!: boolean;
  subtaskCount!: number;
  completedSubtaskCount!: number;
  status!: Status;
  version!: number;
  fieldVersions!: Readonly<Record<string, number>>;
  userSeq!: bigint;
  readonly createTime!: Date;
  updateTime!: Date;
  completeTime!: Date | null;
  deleteTime!: Date | null;
  purgeTime!: Date | null;
  deletedWith!: string | null;

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
      ...underived,
      id,
      userId,
      streamId: id,
      ...unrepeated,
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
      deletedWith: null,
    });
  }

  /** Still to do, and so in the way of the tasks that wait for it. */
  get isOpen(): boolean {
    return this.status === Status.open && this.deleteTime === null;
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
    this.#refuseChangedSince(seenVersion, this.#fieldsAndSubtasks);
    if (this.status === Status.completed) return undefined;
    return this.#change("completed", ["status"], { status: Status.completed, completeTime: now }, now);
  }

  /** Leaves it out, which is no completion. @throws TaskInTrashError */
  skip(now: Date): Change | undefined {
    this.#refuseInTrash();
    if (this.status !== Status.open) return undefined;
    return this.#change("updated", ["status"], { status: Status.skipped }, now);
  }

  /**
   * Makes it an occurrence of a series, another one, or none. `anyway`: it is a change also if nothing of it differs.
   *
   * @throws VersionStaleError, VersionUnknownError
   */
  recur(
    { due, ...changes }: Partial<OccurrenceFields> & { due?: Due },
    o: { now: Date; seenVersion?: number | undefined; anyway?: boolean },
  ): Change | undefined {
    this.#refuseChangedSince(o.seenVersion, Object.values(occurrenceFields));
    const named = Object.keys(changes) as (keyof typeof changes)[];
    const changed = named.filter((name) => !isDeepStrictEqual(this[name], changes[name]));
    const fields = changed.flatMap((name) => occurrenceFields[name] ?? []);
    if (due !== undefined) fields.push("due");
    if (fields.length === 0 && !o.anyway) return undefined;
    const after = { ...pick(changes, changed), ...(due === undefined ? {} : dueColumns(due)) };
    return this.#change("updated", fields.length === 0 ? ["rrule_pattern"] : fields, after, o.now);
  }

  /** Takes it out of the trash as if it had been made just now. */
  remake(fields: Partial<TaskFields>, now: Date): Change {
    const occurrence = fields.occurrence ? { ...fields.occurrence, made: this.version + 1 } : null;
    const untrashed = { deleteTime: null, purgeTime: null, deletedWith: null };
    return this.#change("restored", ["delete_time"], { ...fields, ...untrashed, occurrence }, now);
  }

  /** Does something more by a change that was made just now, which stays if that is taken back. */
  amend(change: Change, after: Partial<TaskFields>): Change {
    Object.assign(this, after);
    return { ...change, after: { ...change.after, ...after } };
  }

  /** @throws TaskInTrashError, VersionStaleError, VersionUnknownError */
  reopen(seenVersion: number | undefined, now: Date): Change | undefined {
    this.#refuseInTrash();
    this.#refuseChangedSince(seenVersion);
    if (this.status === Status.open) return undefined;
    return this.#change("reopened", ["status"], { status: Status.open, completeTime: null }, now);
  }

  /**
   * `deletedWith`: the task that takes it along, if any.
   *
   * @throws VersionStaleError, VersionUnknownError
   */
  delete(seenVersion: number | undefined, now: Date, deletedWith: string | null = null): Change | undefined {
    this.#refuseChangedSince(seenVersion, this.#fieldsAndSubtasks);
    if (this.deleteTime !== null) return undefined;
    return this.#change("deleted", ["delete_time"], trashed(now, deletedWith), now);
  }

  /** @throws VersionStaleError, VersionUnknownError */
  restore(seenVersion: number | undefined, now: Date): Change | undefined {
    this.#refuseChangedSince(seenVersion);
    if (this.deleteTime === null) return undefined;
    const untrashed = { deleteTime: null, purgeTime: null, deletedWith: null };
    return this.#change("restored", ["delete_time"], untrashed, now);
  }

  /**
   * Takes a change back, by one that puts everything in its place again. A task that was made goes to the trash.
   *
   * @throws VersionStaleError if what the change did was changed since, TaskInTrashError
   */
  revert(change: Revertible, now: Date): Change {
    // What was done in the trash is taken back there.
    const sinceTrashed = (this.fieldVersions["delete_time"] ?? Number.POSITIVE_INFINITY) > change.version;
    if (change.kind !== "deleted" && sinceTrashed) this.#refuseInTrash();
    const fields = change.kind === "created" ? ownFields(this) : change.fields;
    const since = fields.filter((field) => (this.fieldVersions[field] ?? 0) > change.version);
    if (since.length > 0) throw new VersionStaleError(since.sort());
    if (change.kind === "created") return this.#change("deleted", ["delete_time"], trashed(now, null), now);
    return this.#change(inverse[change.kind], change.fields, own(change.before), now);
  }

  /**
   * Takes over what follows from other tasks: by `change` if something happens to the task itself, else by its own.
   * `grown`: a task came under this one that shares its fate from now on.
   */
  follow(
    { grown = false, ...derived }: Derived & { grown?: boolean },
    change: Change | undefined,
    now: Date,
  ): Change | undefined {
    const changed = derivedProperties.filter((property) => this[property] !== derived[property]);
    if (grown && change !== undefined) this.#remember([subtasks]);
    if (changed.length === 0 && (!grown || change !== undefined)) return change;
    const after = pick(derived, changed);
    if (change === undefined) return this.#change(derivedKind(after), grown ? [subtasks] : [], after, now);
    const before = pick<Derived>(this, changed);
    Object.assign(this, after);
    if (change.kind === "created") return change;
    return { ...change, before: { ...change.before, ...before }, after: { ...change.after, ...after } };
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
    this.#remember(fields);
    return { kind, fields, version: this.version, before, after };
  }

  /** Notes that they have changed as of this version. */
  #remember(fields: readonly string[]): void {
    const versions = Object.fromEntries(fields.map((field) => [field, this.version]));
    this.fieldVersions = { ...this.fieldVersions, ...versions };
  }

  get #fieldsAndSubtasks(): readonly string[] {
    return Object.keys(this.fieldVersions);
  }

  #refuseInTrash(): void {
    if (this.deleteTime !== null) throw new TaskInTrashError("the task is in the trash");
  }

  /** `fields`: those that count; by default all of the task itself. */
  #refuseChangedSince(seenVersion: number | undefined, fields: readonly string[] = ownFields(this)): void {
    if (seenVersion === undefined) return;
    if (seenVersion > this.version) throw new VersionUnknownError("the task never had this version");
    const changed = fields.filter((field) => (this.fieldVersions[field] ?? 0) > seenVersion);
    if (changed.length > 0) throw new VersionStaleError([...changed].sort());
  }
}

function pick<T>(from: T, keys: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Partial<T>;
}

/** Without what follows from other tasks. */
function own(fields: Partial<TaskFields>): Partial<TaskFields> {
  const named = Object.keys(fields) as (keyof TaskFields)[];
  return pick(
    fields as TaskFields,
    named.filter((name) => !(name in underived)),
  );
}

function trashed(now: Date, deletedWith: string | null) {
  return { deleteTime: now, purgeTime: new Date(now.getTime() + trashDays * dayMs), deletedWith };
}
