import { type DomainError, detail, domainError, ErrorReason } from "@todo/kit/errors";
import { BadRequestSchema, PreconditionFailureSchema } from "@todo/proto/google/rpc/error_details";
import { type Task as TaskMessage, TaskSchema } from "@todo/proto/todo/task/v1/task";
import type { FieldViolation } from "./domain/rule-errors.ts";

export function fieldsInvalid(violations: readonly FieldViolation[]): DomainError {
  const [{ zone } = { zone: undefined }, ...others] = violations;
  if (zone !== undefined && others.length === 0) return zoneUnknown(zone.tzid, zone, violations);
  const fieldViolations = violations.map(sentenceOf);
  const message = fieldViolations.map(({ description }) => description).join("; ");
  return domainError(ErrorReason.REQUEST_INVALID, message, {
    details: [detail(BadRequestSchema, { fieldViolations })],
  });
}

/** What is said of a zone is a sentence of its own. */
function sentenceOf({ field, description, zone }: FieldViolation): { field: string; description: string } {
  return { field, description: zone === undefined ? `${field} ${description}` : description };
}

/** `fields`: where it stands, if not in a rule. */
export function zoneUnknown(
  tzid: string,
  { message, proposal }: { message: string; proposal: string | undefined },
  fields: readonly FieldViolation[] = [],
): DomainError {
  const place = { part: "TZID", start: "0", end: `${tzid.length}` };
  const fieldViolations = fields.map(sentenceOf);
  return domainError(ErrorReason.ZONE_UNKNOWN, message, {
    metadata: { ...place, ...(proposal !== undefined && { proposal }) },
    details: fields.length === 0 ? [] : [detail(BadRequestSchema, { fieldViolations })],
  });
}

export function taskNotFound(id: string): DomainError {
  return domainError(ErrorReason.TASK_NOT_FOUND, "task not found", { metadata: { id } });
}

export function seriesNotFound(id: string): DomainError {
  return domainError(ErrorReason.SERIES_NOT_FOUND, "series not found", { metadata: { id } });
}

export function seriesOvertaken(id: string): DomainError {
  return domainError(ErrorReason.SERIES_OVERTAKEN, "the series went on without this", { metadata: { id } });
}

export function occurrenceTaken(id: string, recurrenceId: string): DomainError {
  return domainError(ErrorReason.OCCURRENCE_TAKEN, "the series had an occurrence of this time", {
    metadata: { id, recurrence_id: recurrenceId },
  });
}

export function taskNotRecurring(id: string): DomainError {
  return domainError(ErrorReason.TASK_NOT_RECURRING, "the task does not repeat", { metadata: { id } });
}

export function taskNotOpen(id: string): DomainError {
  return domainError(ErrorReason.TASK_NOT_OPEN, "the task is not open", { metadata: { id } });
}

export function taskDeleted(id: string): DomainError {
  return domainError(ErrorReason.TASK_DELETED, "task is deleted", { metadata: { id } });
}

/** `current` tells the caller what to merge with. */
export function taskChanged(fields: readonly string[], current: TaskMessage): DomainError {
  return domainError(ErrorReason.TASK_CHANGED, `${fields.join(", ") || "the task"} changed since the etag`, {
    metadata: { fields: fields.join(","), etag: current.etag },
    details: [detail(TaskSchema, current)],
  });
}

export function etagInvalid(): DomainError {
  return domainError(ErrorReason.ETAG_INVALID, "etag is malformed or of another task");
}

export function parentInvalid(subtaskOf: string): DomainError {
  return domainError(ErrorReason.PARENT_INVALID, "subtask_of names no task that can hold this one", {
    metadata: { subtask_of: subtaskOf },
  });
}

/** `dependency` is the id of the first that will not do. */
export function dependencyInvalid(dependency: string): DomainError {
  return domainError(ErrorReason.DEPENDENCY_INVALID, "depends_on names no task that can be waited for", {
    metadata: { depends_on: dependency },
  });
}

/** As many ids as an error names. */
const idsNamed = 20;

/** `path` begins and ends with the task. */
export function dependencyCycle(path: readonly string[]): DomainError {
  const named = path.length > idsNamed ? [...path.slice(0, idsNamed), "..."] : path;
  return domainError(ErrorReason.DEPENDENCY_CYCLE, "the task would wait for itself", {
    metadata: { path: named.join(",") },
  });
}

export function dependenciesTooMany(limit: number): DomainError {
  return domainError(
    ErrorReason.DEPENDENCIES_TOO_MANY,
    `more than ${limit} tasks would have to be done before`,
    { metadata: { limit: String(limit) } },
  );
}

/** `blockers` are the tasks in the way. */
export function taskBlocked(id: string, blockers: readonly string[]): DomainError {
  const violations = blockers.slice(0, idsNamed).map((subject) => ({
    type: "DEPENDENCY_OPEN",
    subject,
    description: "is still open",
  }));
  return domainError(ErrorReason.TASK_BLOCKED, "the task waits for others", {
    metadata: { id },
    details: [detail(PreconditionFailureSchema, { violations })],
  });
}

export function commandTooLarge(limit: number): DomainError {
  return domainError(ErrorReason.COMMAND_TOO_LARGE, `more than ${limit} tasks would change`, {
    metadata: { limit: String(limit) },
  });
}

/** Before the deadline passed: it leaves too little time to store so many changes. */
export function deadlineTooClose(changes: number): DomainError {
  const message = `the deadline leaves too little time for ${changes} changes; nothing was stored`;
  return domainError(ErrorReason.DEADLINE_PASSED, message, { metadata: { changes: String(changes) } });
}

export function requestIdReused(requestId: string): DomainError {
  return domainError(ErrorReason.REQUEST_ID_REUSED, "request_id was used for another request", {
    metadata: { request_id: requestId },
  });
}

export function requestInFlight(requestId: string, cause?: unknown): DomainError {
  return domainError(ErrorReason.REQUEST_IN_FLIGHT, "a call with this request_id is still running", {
    metadata: { request_id: requestId },
    cause,
  });
}

export function pageTokenInvalid(): DomainError {
  return domainError(ErrorReason.PAGE_TOKEN_INVALID, "page_token does not belong to this request");
}

export function cursorInvalid(cursor: bigint, newest: bigint): DomainError {
  const message =
    cursor > newest ? "cursor is beyond the newest change" : "changes after the cursor are gone";
  return domainError(ErrorReason.CURSOR_INVALID, message, {
    metadata: { cursor: cursor.toString(), newest: newest.toString() },
  });
}

export function outboxFull(): DomainError {
  return domainError(ErrorReason.OUTBOX_FULL, "too many undelivered events", { retryAfterMs: 5_000 });
}

export function databaseUnavailable(cause: unknown): DomainError {
  return domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, "the database is not available", { cause });
}

export function undoTokenInvalid(): DomainError {
  return domainError(ErrorReason.UNDO_TOKEN_INVALID, "undo_token is malformed or of no change of yours");
}

export function undoExpired(hours: number): DomainError {
  return domainError(ErrorReason.UNDO_EXPIRED, `changes can be taken back for ${hours} hours`);
}

/** `id` is of the task that stands in the way. */
export function undoOvertaken(id: string): DomainError {
  return domainError(ErrorReason.UNDO_OVERTAKEN, "what the change did was changed since", {
    metadata: { id },
  });
}

/** `matching`: how many there are, as far as they were counted. */
export function batchTooLarge(limit: number, matching: number): DomainError {
  return domainError(ErrorReason.BATCH_TOO_LARGE, `more than ${limit} tasks match`, {
    metadata: { limit: String(limit), matching: String(matching) },
  });
}

export function taskQuotaExceeded(limit: number): DomainError {
  return domainError(ErrorReason.TASK_QUOTA_EXCEEDED, `at most ${limit} tasks, the trash included`, {
    metadata: { limit: String(limit) },
  });
}

export function tagQuotaExceeded(limit: number): DomainError {
  return domainError(ErrorReason.TAG_QUOTA_EXCEEDED, `at most ${limit} different tags`, {
    metadata: { limit: String(limit) },
  });
}

export function seriesQuotaExceeded(limit: number): DomainError {
  return domainError(ErrorReason.SERIES_QUOTA_EXCEEDED, `at most ${limit} series at a time`, {
    metadata: { limit: String(limit) },
  });
}

export function tagNotPredefined(tag: string): DomainError {
  return domainError(ErrorReason.TAG_NOT_PREDEFINED, "only predefined tags may be used", {
    metadata: { tag },
  });
}
