import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type Due as DueMessage,
  DueSchema,
  Priority as PriorityMessage,
  type Task as TaskMessage,
  TaskSchema,
  TaskStatus,
} from "@todo/proto/todo/task/v1/task";
import type { CreateTaskRequest, UpdateTaskRequest } from "@todo/proto/todo/task/v1/task_service";
import { readZone } from "@todo/rrule/zone/names";
import { Priority, type TaskContent } from "./domain/content.ts";
import { type Due, dueAt } from "./domain/due.ts";
import { tagsOf } from "./domain/tags.ts";
import type { TaskFields } from "./domain/task.ts";
import { etagOf } from "./etag.ts";

/**
 * The task as its user and its events see it.
 *
 * Written down whole: by `create`, and field by field, it takes twice as long, also to encode. A list makes many.
 */
export function taskMessage(task: TaskFields): TaskMessage {
  return {
    $typeName: TaskSchema.typeName,
    id: task.id,
    title: task.title,
    description: task.description,
    priority: task.priority,
    tags: [...task.tags],
    due: dueMessage(task),
    status: task.status,
    etag: etagOf(task),
    createTime: timestampFromDate(task.createTime),
    updateTime: timestampFromDate(task.updateTime),
    completeTime: timestampOf(task.completeTime),
    deleteTime: timestampOf(task.deleteTime),
    purgeTime: timestampOf(task.purgeTime),
    streamId: task.streamId,
    seriesId: task.seriesId ?? "",
    recurrenceId: task.recurrenceId ?? "",
    parentTaskId: task.parentTaskId ?? "",
    isRecurring: task.isRecurring,
    rrulePattern: task.rrulePattern ?? "",
    nextOccurrence: timestampOf(task.nextOccurrence),
    subtaskOf: task.subtaskOf ?? "",
    userSeq: task.userSeq,
    dependsOn: [...task.dependsOn],
    completeWithSubtasks: task.completeWithSubtasks,
    reminderMinutes: [...task.reminderMinutes],
    blocked: task.blocked,
    subtaskCount: task.subtaskCount,
    completedSubtaskCount: task.completedSubtaskCount,
  };
}

/** A task of which only some properties are said. */
export function partOfTask(part: Partial<TaskFields>): TaskMessage {
  return create(TaskSchema, {
    title: part.title ?? "",
    description: part.description ?? "",
    priority: part.priority ?? PriorityMessage.UNSPECIFIED,
    tags: [...(part.tags ?? [])],
    due: dueMessage(part),
    status: part.status ?? TaskStatus.UNSPECIFIED,
    completeTime: timestampOf(part.completeTime),
    deleteTime: timestampOf(part.deleteTime),
    purgeTime: timestampOf(part.purgeTime),
    seriesId: part.seriesId ?? "",
    recurrenceId: part.recurrenceId ?? "",
    isRecurring: part.isRecurring ?? false,
    rrulePattern: part.rrulePattern ?? "",
    nextOccurrence: timestampOf(part.nextOccurrence),
    subtaskOf: part.subtaskOf ?? "",
    dependsOn: [...(part.dependsOn ?? [])],
    completeWithSubtasks: part.completeWithSubtasks ?? false,
    reminderMinutes: [...(part.reminderMinutes ?? [])],
    blocked: part.blocked ?? false,
    subtaskCount: part.subtaskCount ?? 0,
    completedSubtaskCount: part.completedSubtaskCount ?? 0,
  });
}

export function contentOf(request: CreateTaskRequest): TaskContent {
  return {
    title: request.title,
    description: request.description,
    priority: priorityOf(request.priority),
    tags: tagsOf(request.tags),
    due: dueOf(request.due),
    subtaskOf: taskIdOf(request.subtaskOf),
    dependsOn: taskIdsOf(request.dependsOn),
    completeWithSubtasks: request.completeWithSubtasks,
    reminderMinutes: remindersOf(request.reminderMinutes),
  };
}

/** What the fields of the mask are to become. A field that is named and not set is cleared. */
export function changesOf(
  request: Pick<
    UpdateTaskRequest,
    | "updateMask"
    | "title"
    | "description"
    | "priority"
    | "tags"
    | "due"
    | "subtaskOf"
    | "dependsOn"
    | "completeWithSubtasks"
    | "reminderMinutes"
  >,
): Partial<TaskContent> {
  const readers: { [path: string]: () => Partial<TaskContent> } = {
    title: () => ({ title: request.title }),
    description: () => ({ description: request.description }),
    priority: () => ({ priority: priorityOf(request.priority) }),
    tags: () => ({ tags: tagsOf(request.tags) }),
    due: () => ({ due: dueOf(request.due) }),
    subtask_of: () => ({ subtaskOf: taskIdOf(request.subtaskOf) }),
    depends_on: () => ({ dependsOn: taskIdsOf(request.dependsOn) }),
    complete_with_subtasks: () => ({ completeWithSubtasks: request.completeWithSubtasks }),
    reminder_minutes: () => ({ reminderMinutes: remindersOf(request.reminderMinutes) }),
  };
  return Object.assign({}, ...(request.updateMask?.paths ?? []).map((path) => readers[path]?.()));
}

/** Postgres reads no year of five digits as JavaScript writes one. */
const lastMs = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * The instant of a timestamp, rounded up to the millisecond but not beyond the year 9999; an invalid Date if the contract
 * does not allow it.
 */
export function instantOf({ seconds, nanos }: Timestamp): Date {
  if (seconds < -62_135_596_800n || seconds > 253_402_300_799n || nanos < 0 || nanos > 999_999_999) {
    return new Date(Number.NaN);
  }
  return new Date(Math.min(Number(seconds) * 1_000 + Math.ceil(nanos / 1_000_000), lastMs));
}

function priorityOf(priority: PriorityMessage): Priority {
  return priority === PriorityMessage.UNSPECIFIED ? Priority.medium : (priority as Priority);
}

/** Uuids are kept in lower case, as they are returned. */
function taskIdOf(text: string): string | null {
  return text === "" ? null : text.toLowerCase();
}

/** Each once: the contract compares letters, and knows no case. */
function taskIdsOf(texts: readonly string[]): string[] {
  return [...new Set(texts.map((text) => text.toLowerCase()))];
}

/** The earliest first. */
function remindersOf(minutes: readonly number[]): number[] {
  return minutes.toSorted((a, b) => b - a);
}

function dueOf(due: DueMessage | undefined): Due | null {
  switch (due?.kind.case) {
    case "allDay":
      return { kind: "all_day", date: due.kind.value };
    case "floating":
      return { kind: "floating", time: due.kind.value };
    case "zoned": {
      const { time, tzid } = due.kind.value;
      const instant = time === undefined ? new Date(Number.NaN) : instantOf({ ...time, nanos: 0 });
      return { kind: "zoned", time: instant, tzid: readZone(tzid).tzid ?? tzid };
    }
    default:
      return null;
  }
}

function dueMessage({ dueKind, dueAt: at, dueTzid }: Partial<TaskFields>): DueMessage | undefined {
  return dueKind && at ? create(DueSchema, dueInit(dueAt(dueKind, at, dueTzid ?? null))) : undefined;
}

function dueInit(due: Due): MessageInitShape<typeof DueSchema> {
  switch (due.kind) {
    case "all_day":
      return { kind: { case: "allDay", value: due.date } };
    case "floating":
      return { kind: { case: "floating", value: due.time } };
    case "zoned":
      return { kind: { case: "zoned", value: { time: timestampFromDate(due.time), tzid: due.tzid } } };
  }
}

function timestampOf(time: Date | null | undefined): Timestamp | undefined {
  return time ? timestampFromDate(time) : undefined;
}
