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
import { Priority, type TaskContent } from "./domain/content.ts";
import { type Due, dueAt } from "./domain/due.ts";
import type { TaskFields } from "./domain/task.ts";
import { etagOf } from "./etag.ts";

/**
 * The task as its user and its events see it.
 *
 * Set field by field: to make a message from a literal takes twice as long, and a list makes many.
 */
export function taskMessage(task: TaskFields): TaskMessage {
  const message = create(TaskSchema);
  message.id = task.id;
  message.title = task.title;
  message.description = task.description;
  message.priority = task.priority;
  message.tags = [...task.tags];
  const { due } = dueField(task);
  if (due !== undefined) message.due = create(DueSchema, due);
  message.status = task.status;
  message.etag = etagOf(task);
  message.createTime = timestampFromDate(task.createTime);
  message.updateTime = timestampFromDate(task.updateTime);
  if (task.completeTime !== null) message.completeTime = timestampFromDate(task.completeTime);
  if (task.deleteTime !== null) message.deleteTime = timestampFromDate(task.deleteTime);
  if (task.purgeTime !== null) message.purgeTime = timestampFromDate(task.purgeTime);
  message.streamId = task.streamId;
  message.seriesId = task.seriesId ?? "";
  message.recurrenceId = task.recurrenceId ?? "";
  message.parentTaskId = task.parentTaskId ?? "";
  message.isRecurring = task.isRecurring;
  message.rrulePattern = task.rrulePattern ?? "";
  if (task.nextOccurrence !== null) message.nextOccurrence = timestampFromDate(task.nextOccurrence);
  message.subtaskOf = task.subtaskOf ?? "";
  message.userSeq = task.userSeq;
  message.dependsOn = [...task.dependsOn];
  message.completeWithSubtasks = task.completeWithSubtasks;
  message.blocked = task.blocked;
  message.subtaskCount = task.subtaskCount;
  message.completedSubtaskCount = task.completedSubtaskCount;
  return message;
}

/** A task of which only some properties are said. */
export function partOfTask(part: Partial<TaskFields>): TaskMessage {
  return create(TaskSchema, {
    title: part.title ?? "",
    description: part.description ?? "",
    priority: part.priority ?? PriorityMessage.UNSPECIFIED,
    tags: [...(part.tags ?? [])],
    ...dueField(part),
    status: part.status ?? TaskStatus.UNSPECIFIED,
    ...optionalTime("completeTime", part.completeTime ?? null),
    ...optionalTime("deleteTime", part.deleteTime ?? null),
    ...optionalTime("purgeTime", part.purgeTime ?? null),
    seriesId: part.seriesId ?? "",
    recurrenceId: part.recurrenceId ?? "",
    isRecurring: part.isRecurring ?? false,
    rrulePattern: part.rrulePattern ?? "",
    ...optionalTime("nextOccurrence", part.nextOccurrence ?? null),
    subtaskOf: part.subtaskOf ?? "",
    dependsOn: [...(part.dependsOn ?? [])],
    completeWithSubtasks: part.completeWithSubtasks ?? false,
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
    tags: request.tags,
    due: dueOf(request.due),
    subtaskOf: taskIdOf(request.subtaskOf),
    dependsOn: taskIdsOf(request.dependsOn),
    completeWithSubtasks: request.completeWithSubtasks,
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
  >,
): Partial<TaskContent> {
  const readers: { [path: string]: () => Partial<TaskContent> } = {
    title: () => ({ title: request.title }),
    description: () => ({ description: request.description }),
    priority: () => ({ priority: priorityOf(request.priority) }),
    tags: () => ({ tags: request.tags }),
    due: () => ({ due: dueOf(request.due) }),
    subtask_of: () => ({ subtaskOf: taskIdOf(request.subtaskOf) }),
    depends_on: () => ({ dependsOn: taskIdsOf(request.dependsOn) }),
    complete_with_subtasks: () => ({ completeWithSubtasks: request.completeWithSubtasks }),
  };
  return Object.assign({}, ...(request.updateMask?.paths ?? []).map((path) => readers[path]?.()));
}

/** The instant of a timestamp, rounded up to the millisecond; an invalid Date if the contract does not allow it. */
export function instantOf({ seconds, nanos }: Timestamp): Date {
  if (seconds < -62_135_596_800n || seconds > 253_402_300_799n || nanos < 0 || nanos > 999_999_999) {
    return new Date(Number.NaN);
  }
  return new Date(Number(seconds) * 1_000 + Math.ceil(nanos / 1_000_000));
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

function dueOf(due: DueMessage | undefined): Due | null {
  switch (due?.kind.case) {
    case "allDay":
      return { kind: "all_day", date: due.kind.value };
    case "floating":
      return { kind: "floating", time: due.kind.value };
    case "zoned": {
      const { time, tzid } = due.kind.value;
      const instant = time === undefined ? new Date(Number.NaN) : instantOf({ ...time, nanos: 0 });
      return { kind: "zoned", time: instant, tzid };
    }
    default:
      return null;
  }
}

function dueField({ dueKind, dueAt: at, dueTzid }: Partial<TaskFields>) {
  return dueKind && at ? { due: dueMessage(dueAt(dueKind, at, dueTzid ?? null)) } : {};
}

function dueMessage(due: Due): MessageInitShape<typeof DueSchema> {
  switch (due.kind) {
    case "all_day":
      return { kind: { case: "allDay", value: due.date } };
    case "floating":
      return { kind: { case: "floating", value: due.time } };
    case "zoned":
      return { kind: { case: "zoned", value: { time: timestampFromDate(due.time), tzid: due.tzid } } };
  }
}

function optionalTime<K extends string>(name: K, time: Date | null): { [P in K]?: Timestamp } {
  return time === null ? {} : ({ [name]: timestampFromDate(time) } as { [P in K]: Timestamp });
}
