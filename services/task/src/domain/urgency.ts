import { Priority } from "./content.ts";
import { Status, type TaskFields } from "./task.ts";

/** One reason why a task is urgent, or is not. */
export interface UrgencyTerm {
  name: "priority" | "due" | "tag" | "age";
  /** Thousandths. */
  points: number;
  explanation: string;
}

export interface Urgency {
  /** The sum of the terms. */
  score: number;
  terms: readonly UrgencyTerm[];
}

const priorityPoints: Readonly<Record<Priority, number>> = {
  [Priority.veryImportant]: 6_000,
  [Priority.high]: 4_000,
  [Priority.medium]: 2_000,
  [Priority.low]: 0,
};
const priorityNames: Readonly<Record<Priority, string>> = {
  [Priority.veryImportant]: "very important",
  [Priority.high]: "high",
  [Priority.medium]: "medium",
  [Priority.low]: "low",
};
const dayMs = 24 * 60 * 60 * 1_000;
/** From two weeks before it is due until one week after, a task becomes more urgent from day to day. */
const due = { most: 12_000, least: 2_400, fromDays: -14, untilDays: 7 };
/** The predefined tag (R005). */
const urgentTag = { name: "Urgent", points: 5_000 };
/** What nobody does for a year is worth a look. */
const age = { most: 2_000, days: 365 };

/** How urgent a task is at a moment. What is done or in the trash is not. Terms without points are left out. */
export function urgencyOf(task: TaskFields, now: Date): Urgency {
  if (task.status !== Status.open || task.deleteTime !== null) return { score: 0, terms: [] };
  const terms = [priorityTerm(task), ...dueTerm(task, now), ...tagTerm(task), ageTerm(task, now)];
  const told = terms.filter(({ points }) => points !== 0);
  return { terms: told, score: told.reduce((sum, { points }) => sum + points, 0) };
}

function priorityTerm({ priority }: TaskFields): UrgencyTerm {
  const explanation = `the priority is ${priorityNames[priority]}`;
  return { name: "priority", points: priorityPoints[priority], explanation };
}

function dueTerm({ dueAt }: TaskFields, now: Date): UrgencyTerm[] {
  if (dueAt === null) return [];
  const days = (now.getTime() - dueAt.getTime()) / dayMs;
  const part = (clamp(days, due.fromDays, due.untilDays) - due.fromDays) / (due.untilDays - due.fromDays);
  const points = Math.round(due.least + part * (due.most - due.least));
  return [{ name: "due", points, explanation: dueExplanation(days) }];
}

function dueExplanation(daysAgo: number): string {
  const whole = Math.floor(Math.abs(daysAgo));
  const length = whole === 0 ? "less than a day" : `${whole} ${whole === 1 ? "day" : "days"}`;
  return daysAgo > 0 ? `it was due ${length} ago` : `it is due in ${length}`;
}

function tagTerm({ tags }: TaskFields): UrgencyTerm[] {
  if (!tags.includes(urgentTag.name)) return [];
  return [{ name: "tag", points: urgentTag.points, explanation: `it has the tag ${urgentTag.name}` }];
}

function ageTerm({ createTime }: TaskFields, now: Date): UrgencyTerm {
  const days = clamp((now.getTime() - createTime.getTime()) / dayMs, 0, age.days);
  const points = Math.round((days / age.days) * age.most);
  return { name: "age", points, explanation: `it was made ${Math.floor(days)} days ago` };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
