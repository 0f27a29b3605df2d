import { isDeepStrictEqual } from "node:util";
import type { Priority } from "./content.ts";
import type { DueKind } from "./due.ts";
import type { OccurrenceTask } from "./occurrence.ts";

/** The numbers of all of these are the contract's. */
export const SeriesState = { active: 1, exhausted: 2, ended: 3 } as const;
export type SeriesState = (typeof SeriesState)[keyof typeof SeriesState];
export const Anchor = { schedule: 1, completion: 2 } as const;
export type Anchor = (typeof Anchor)[keyof typeof Anchor];
export const Trigger = { completion: 1, due: 2 } as const;
export type Trigger = (typeof Trigger)[keyof typeof Trigger];
export const Missed = { catchUpOne: 1, catchUpAll: 2, skipToNext: 3 } as const;
export type Missed = (typeof Missed)[keyof typeof Missed];
export const Inheritable = { subtasks: 1, dependencies: 2, reminders: 3 } as const;
export type Inheritable = (typeof Inheritable)[keyof typeof Inheritable];

/** How a series repeats. */
export interface SeriesRule {
  rrule: string;
  /** A wall clock time, like all of a series. */
  dtstart: string;
  tzid: string;
  anchor: Anchor;
  trigger: Trigger;
  missed: Missed;
}

/** What a new occurrence starts with. */
export interface SeriesTemplate {
  title: string;
  description: string;
  priority: Priority;
  tags: readonly string[];
  dueKind: DueKind;
  /** As of a task. */
  reminderMinutes: readonly number[];
}

/** What the user says about a series. */
export interface SeriesSettings extends SeriesRule, SeriesTemplate {
  state: SeriesState;
  /** What an occurrence does not take over from the one before; ascending, each once. */
  notInherited: readonly Inheritable[];
}

/** An occurrence that the user left out. */
export interface SkippedOccurrence {
  recurrenceId: string;
  reason: string;
}

/** Everything that is stored of a series. */
export interface SeriesFields extends SeriesSettings {
  id: string;
  userId: string;
  streamId: string;
  firstTaskId: string;
  /** The occurrence that was made last, and its numbers. */
  recurrenceId: string;
  ordinal: number;
  number: number;
  skippedCount: number;
  skipped: readonly SkippedOccurrence[];
  /** How many of those left out lay behind the last one when the rule ended. */
  missedAtEnd: number;
  /** The version of the time zones by which the instants of that occurrence were computed. Empty: nobody knows. */
  tzdata: string;
  /** One more at every change. */
  version: number;
  /** The version in which something last changed that the next occurrence is computed from. */
  basisVersion: number;
  /** The version in which the user last changed a setting. */
  settingsVersion: number;
  createTime: Date;
  updateTime: Date;
}

/** What the time of the next occurrence is not computed from. */
const besideTime = new Set<string>([
  "title",
  "description",
  "priority",
  "tags",
  "dueKind",
  "reminderMinutes",
  "notInherited",
] satisfies (keyof SeriesTemplate | "notInherited")[]);

const maxSkipped = 500;

/** A task that repeats, with the rules of how far it has come. */
export class Series implements SeriesFields {
  readonly id!: string;
  readonly userId!: string;
  readonly streamId!: string;
  readonly firstTaskId!: string;
  rrule!: string;
  dtstart!: string;
  tzid!: string;
  anchor!: Anchor;
  trigger!: Trigger;
  missed!: Missed;
  title!: string;
  description!: string;
  priority!: Priority;
  tags!: readonly string[];
  dueKind!: DueKind;
  reminderMinutes!: readonly number[];
  state!: SeriesState;
  notInherited!: readonly Inheritable[];
  recurrenceId!: string;
  ordinal!: number;
  number!: number;
  skippedCount!: number;
  skipped!: readonly SkippedOccurrence[];
  missedAtEnd!: number;
  tzdata!: string;
  version!: number;
  basisVersion!: number;
  settingsVersion!: number;
  readonly createTime!: Date;
  updateTime!: Date;

  constructor(fields: SeriesFields) {
    Object.assign(this, fields);
  }

  static begin(
    first: Pick<SeriesFields, "id" | "userId" | "streamId" | "firstTaskId" | "recurrenceId" | "number"> &
      SeriesSettings,
    now: Date,
  ): Series {
    const counts = { ordinal: 1, skippedCount: 0, skipped: [], missedAtEnd: 0, tzdata: "" };
    const versions = { version: 1, basisVersion: 1, settingsVersion: 1, createTime: now, updateTime: now };
    return new Series({ ...first, ...counts, ...versions });
  }

  isLatest({ recurrenceId }: Pick<OccurrenceTask, "recurrenceId">): boolean {
    return this.recurrenceId === recurrenceId;
  }

  /** Whether the next one is waited for once the latest is done. */
  get goesByCompletion(): boolean {
    return this.trigger === Trigger.completion;
  }

  inherits(what: Inheritable): boolean {
    return !this.notInherited.includes(what);
  }

  /** Changes settings. Answers what they were, or nothing if they are so already. */
  set(settings: Partial<SeriesSettings>, now: Date): Partial<SeriesSettings> | undefined {
    const named = Object.keys(settings) as (keyof SeriesSettings)[];
    const changed = named.filter((name) => !isDeepStrictEqual(this[name], settings[name]));
    if (changed.length === 0) return undefined;
    const before = Object.fromEntries(changed.map((name) => [name, this[name]]));
    Object.assign(this, Object.fromEntries(changed.map((name) => [name, settings[name]])));
    const isBasis = changed.some((name) => !besideTime.has(name));
    // The end was that of another rule.
    if (isBasis && settings.state === undefined) this.#goOn();
    this.#touch(now, isBasis);
    this.settingsVersion = this.version;
    return before;
  }

  /** Begins to count anew, at an occurrence of a changed rule. */
  restart(at: Pick<SeriesFields, "recurrenceId" | "number">): void {
    Object.assign(this, at);
  }

  /** Takes over how the instants of its latest occurrence were computed. */
  reckonedAs({ occurrence }: OccurrenceTask): void {
    this.tzdata = occurrence.reckoned?.tzdata ?? "";
  }

  /** The instants of its latest occurrence are others. When the next one comes is computed from its time on the wall. */
  moved(now: Date): void {
    this.#touch(now, false);
  }

  completed(task: OccurrenceTask, now: Date): void {
    this.#takeIn(task);
    this.#touch(now, this.isLatest(task) && this.goesByCompletion);
  }

  leftOut(task: OccurrenceTask, reason: string, now: Date): void {
    this.#takeIn(task);
    const { recurrenceId } = task;
    this.skipped = [...this.skipped, { recurrenceId, reason }].slice(-maxSkipped);
    this.skippedCount += 1;
    this.#touch(now, this.isLatest(task) && this.goesByCompletion);
  }

  reopened(task: OccurrenceTask, now: Date): void {
    this.#takeIn(task);
    const matters = this.isLatest(task) && this.goesByCompletion;
    if (matters) this.#goOn();
    this.#touch(now, matters);
  }

  /** Comes to an occurrence, which is new or came back. */
  advanced(task: OccurrenceTask, now: Date): void {
    this.#takeIn(task);
    this.#stand(task);
    this.skippedCount += task.occurrence.missed;
    this.#touch(now, true);
  }

  /** Goes back from its latest occurrence to the one before it. */
  withdrawn(task: OccurrenceTask, predecessor: OccurrenceTask): void {
    this.#stand(predecessor);
    this.skippedCount -= task.occurrence.missed;
  }

  /** Says that the latest change counts anew. */
  stirred(now: Date): void {
    this.#touch(now, true);
  }

  exhausted(missed: number, now: Date): void {
    this.state = SeriesState.exhausted;
    this.skippedCount += missed;
    this.missedAtEnd = missed;
    this.#touch(now, true);
  }

  /** Whether what was computed from a version of the series about its latest occurrence still holds. */
  stands({ version, follows }: { version: number; follows: string }): boolean {
    const current = version >= this.basisVersion && version <= this.version;
    return this.state === SeriesState.active && this.recurrenceId === follows && current;
  }

  /** Goes on if it had come to its end. */
  #goOn(): void {
    if (this.state !== SeriesState.exhausted) return;
    this.state = SeriesState.active;
    this.skippedCount -= this.missedAtEnd;
    this.missedAtEnd = 0;
  }

  #stand(task: OccurrenceTask): void {
    const { recurrenceId, occurrence } = task;
    this.recurrenceId = recurrenceId;
    this.ordinal = occurrence.ordinal;
    this.number = occurrence.number;
    this.reckonedAs(task);
  }

  /** What is to be done, or was, is not left out. */
  #takeIn({ recurrenceId }: OccurrenceTask): void {
    const skipped = this.skipped.filter((each) => each.recurrenceId !== recurrenceId);
    this.skippedCount -= this.skipped.length - skipped.length;
    this.skipped = skipped;
  }

  #touch(now: Date, matters: boolean): void {
    this.version += 1;
    this.updateTime = now;
    if (matters) this.basisVersion = this.version;
  }
}
