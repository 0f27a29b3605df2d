import { type Due, dueViolations } from "./due.ts";
import { FieldsInvalidError, type FieldViolation } from "./rule-errors.ts";
import { lineFault, textFault } from "./text.ts";

/** The numbers are the contract's, and their order is the order of lists. */
export const Priority = { veryImportant: 1, high: 2, medium: 3, low: 4 } as const;
export type Priority = (typeof Priority)[keyof typeof Priority];

/** What the user says about a task. */
export interface TaskContent {
  title: string;
  description: string;
  priority: Priority;
  /** Each once. */
  tags: readonly string[];
  due: Due | null;
  /** The id of the task that this one is a part of. */
  subtaskOf: string | null;
  /** The ids of the tasks to be done before, each once. */
  dependsOn: readonly string[];
  /** Whether completing the last open part completes the task. */
  completeWithSubtasks: boolean;
  /** How many minutes before it is due to remind of it; descending, each once. */
  reminderMinutes: readonly number[];
}

/** How many tags a task carries. */
const maxTags = 20;

/** The contract's name of each field that an update can change. */
export const contentFields: Readonly<Record<keyof TaskContent, string>> = {
  title: "title",
  description: "description",
  priority: "priority",
  tags: "tags",
  due: "due",
  subtaskOf: "subtask_of",
  dependsOn: "depends_on",
  completeWithSubtasks: "complete_with_subtasks",
  reminderMinutes: "reminder_minutes",
};

/**
 * The rules of each field by itself.
 *
 * @throws FieldsInvalidError
 */
export function checkContent(content: Partial<TaskContent>): void {
  const violations: FieldViolation[] = [];
  if ((content.tags?.length ?? 0) > maxTags) {
    violations.push({ field: "tags", description: `must be at most ${maxTags}` });
  }
  const refuse = (field: string, description: string | undefined) => {
    if (description !== undefined) violations.push({ field, description });
  };
  if (content.title !== undefined) refuse("title", lineFault(content.title));
  if (content.description !== undefined) refuse("description", textFault(content.description));
  for (const [index, tag] of (content.tags ?? []).entries()) refuse(`tags[${index}]`, lineFault(tag));
  if (content.due) violations.push(...dueViolations(content.due));
  if (violations.length > 0) throw new FieldsInvalidError(violations);
}
