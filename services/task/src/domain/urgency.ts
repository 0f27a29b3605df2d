import { zoneOf } from "@todo/rrule/zone/zone";
import { Priority } from "./content.ts";
import { Status, type TaskFields } from "./task.ts";

/** One reason why a task is urgent, or is not. */
export interface UrgencyTerm {
  name: "priority" | "due" | "tag" | "age" | "blocked";
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
/** Nobody can do now what waits for another task. */
const blockedPoints = -5_000;

/**
 * How urgent a task is at a moment, to a user in a zone. What is done or in the trash is not. Terms without points are
 * left out.
 */
export function urgencyOf(task: TaskFields, { now, zone }: { now: Date; zone: string }): Urgency {
  if (task.status !== Status.open || task.deleteTime !== null) return { score: 0, terms: [] };
  const terms = [
    priorityTerm(task),
    ...dueTerm(task, now, zone),
    ...tagTerm(task),
    ageTerm(task, now),
    ...blockedTerm(task),
  ];
  const told = terms.filter(({ points }) => points !== 0);
  return { terms: told, score: told.reduce((sum, { points }) => sum + points, 0) };
}

function priorityTerm({ priority }: TaskFields): UrgencyTerm {
  const explanation = `the priority is ${priorityNames[priority]}`;
  return { name: "priority", points: priorityPoints[priority], explanation };
}

function dueTerm(task: TaskFields, now: Date, zone: string): UrgencyTerm[] {
  const { dueKind, dueAt } = task;
  if (dueKind === null || dueAt === null) return [];
  const isDay = dueKind === "all_day";
  // A day is late when it is over.
  const place = isDay ? dueAt.getTime() + dayMs : dueAt.getTime();
  const instant = dueKind === "zoned" ? place : instantAt(place, zone);
  const days = (now.getTime() - instant) / dayMs;
  const part = (clamp(days, due.fromDays, due.untilDays) - due.fromDays) / (due.untilDays - due.fromDays);
  const points = Math.round(due.least + part * (due.most - due.least));
  const explanation = isDay
    ? dayExplanation(dayAt(now, zone) - dueAt.getTime() / dayMs)
    : dueExplanation(days);
  return [{ name: "due", points, explanation }];
}

/** When a place on the UTC clock is reached on the clock of a zone. */
function instantAt(place: number, zone: string): number {
  return zoneOf(zone).instantOf(place / 1_000).instant * 1_000;
}

/** The day that it is in a zone, counted from 1 January 1970. */
function dayAt(now: Date, zone: string): number {
  return Math.floor((zoneOf(zone).wallOf(Math.floor(now.getTime() / 1_000)) * 1_000) / dayMs);
}

function dueExplanation(daysAgo: number): string {
  const whole = Math.floor(Math.abs(daysAgo));
  const length = whole === 0 ? "less than a day" : `${whole} ${whole === 1 ? "day" : "days"}`;
  return daysAgo > 0 ? `it was due ${length} ago` : `it is due in ${length}`;
}

/** `daysAgo`: by the calendar of the user. */
function dayExplanation(daysAgo: number): string {
  if (daysAgo === 0) return "it is due today";
  const length = Math.abs(daysAgo) === 1 ? "1 day" : `${Math.abs(daysAgo)} days`;
  return daysAgo > 0 ? `it was due ${length} ago` : `it is due in ${length}`;
}

function blockedTerm({ blocked }: TaskFields): UrgencyTerm[] {
  if (!blocked) return [];
  return [{ name: "blocked", points: blockedPoints, explanation: "it waits for another task" }];
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
