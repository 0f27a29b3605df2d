import { checkContent, type TaskContent } from "./domain/content.ts";
import {
  FieldsInvalidError,
  TaskInTrashError,
  VersionStaleError,
  VersionUnknownError,
} from "./domain/rule-errors.ts";
import type { Task } from "./domain/task.ts";
import { etagInvalid, fieldsInvalid, taskChanged, taskDeleted } from "./errors.ts";
import { taskMessage } from "./mapping.ts";

/** What the caller gets to know of a broken rule. Any other error is returned as it is. */
export function ruleOutcome(error: unknown, task: Task | undefined): unknown {
  if (error instanceof FieldsInvalidError) return fieldsInvalid(error.violations);
  if (error instanceof VersionUnknownError) return etagInvalid();
  if (task === undefined) return error;
  if (error instanceof TaskInTrashError) return taskDeleted(task.id);
  if (error instanceof VersionStaleError) return taskChanged(error.fields, taskMessage(task));
  return error;
}

/** Runs the rules of a task, and tells the caller which one is broken. */
export async function ruled<T>(task: Task, rules: () => T | Promise<T>): Promise<T> {
  try {
    return await rules();
  } catch (error) {
    throw ruleOutcome(error, task);
  }
}

/** Refuses content that no task may have, before anything is read. `place` says where a field of it stands. */
export function requireValid(
  content: Partial<TaskContent>,
  place: (field: string) => string = (field) => field,
): void {
  try {
    checkContent(content);
  } catch (error) {
    if (!(error instanceof FieldsInvalidError)) throw ruleOutcome(error, undefined);
    throw fieldsInvalid(error.violations.map((each) => ({ ...each, field: place(each.field) })));
  }
}
