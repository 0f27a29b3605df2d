import { type Answer, eventTypes, type History, type Write } from "./history.ts";
import type { EventRecord, FeedRow, Observation } from "./observation.ts";

/** What must never happen. */
export type ViolationKind = "lost" | "doubled" | "order" | "foreign";

export interface Violation {
  readonly kind: ViolationKind;
  /** What is wrong, for the reader of a failed run. */
  readonly what: string;
}

/**
 * Compares what callers were told with what the system holds.
 *
 * A write without an acknowledgement may have taken effect once or not at all. Records may repeat an event, since
 * delivery is at least once; its effects may not.
 */
export function check(history: History, seen: Observation): Violation[] {
  return [
    ...lostWrites(history.writes, seen),
    ...lostEvents(seen),
    ...staleTasks(history.writes, seen),
    ...doubledWrites(history.writes, seen.feed),
    ...doubledEvents(seen),
    ...disorderedRecords(seen.records),
    ...disorderedEntries(seen),
    ...foreignReadings(history, seen),
    ...foreignRows(seen),
  ];
}

/** How many violations there are of each kind. */
export function countViolations(violations: readonly Violation[]): Record<ViolationKind, number> {
  const counts = { lost: 0, doubled: 0, order: 0, foreign: 0 };
  for (const { kind } of violations) counts[kind]++;
  return counts;
}

/** Every acknowledged write stands in the feed as the change it was, at a place of its own. */
function lostWrites(writes: readonly Write[], { feed }: Observation): Violation[] {
  const rows = new Map(feed.map((row) => [placeOf(row), row]));
  const shared = groups(acknowledged(writes), ({ write, answer }) => `${write.userId}/${answer.userSeq}`)
    .filter(([, all]) => all.length > 1)
    .map(([place]) => lost(`several writes were acknowledged as change ${place}`));
  const missing = acknowledged(writes).flatMap(({ write, answer }) => {
    const row = rows.get(`${write.userId}/${answer.userSeq}`);
    const kept = row?.taskId === answer.taskId && row.type === eventTypes[write.operation];
    return kept ? [] : [lost(`${name(write)} was acknowledged and is not at its place in the feed`)];
  });
  return [...missing, ...shared];
}

/** Every change has a number of its own without a gap, an event on the topic, and with it an entry. */
function lostEvents({ feed, records, entries, brokenChains }: Observation): Violation[] {
  const sent = new Map(records.map((record) => [placeOf(record), record]));
  const logged = new Set(entries.map(({ eventId }) => eventId));
  const unsent = feed.flatMap((row) => {
    const record = sent.get(placeOf(row));
    if (record?.taskId !== row.taskId || record.type !== row.type)
      return [lost(`change ${placeOf(row)} has no event on the topic`)];
    return logged.has(record.eventId) ? [] : [lost(`change ${placeOf(row)} has no entry in the audit log`)];
  });
  const gaps = groups(feed, ({ userId }) => userId).flatMap(([userId, rows]) => {
    const numbers = new Set(rows.map(({ userSeq }) => userSeq));
    // Numbers from 1 on without a gap are never larger than there are numbers.
    const gapped = [...numbers].some((number) => number > BigInt(numbers.size));
    return gapped ? [lost(`the feed of ${userId} has gaps`)] : [];
  });
  return [...unsent, ...gaps, ...brokenChains.map((userId) => lost(`the chain of ${userId} is broken`))];
}

/** Every task is as its newest acknowledged write left it, unless an unacknowledged one may have come after. */
function staleTasks(writes: readonly Write[], { tasks }: Observation): Violation[] {
  const rows = new Map(tasks.map((row) => [row.id, row]));
  const ofTask = groups(acknowledged(writes), ({ answer }) => answer.taskId);
  return ofTask.flatMap(([taskId, all]) => {
    const { write, answer } = all.reduce((a, b) => (b.answer.userSeq > a.answer.userSeq ? b : a));
    const row = rows.get(taskId);
    if (row === undefined || row.userSeq < answer.userSeq)
      return [lost(`task ${taskId} misses ${name(write)}`)];
    const { title, completed, deleted } = write.effect;
    const same = row.title === title && row.completed === completed && row.deleted === deleted;
    return same || row.userSeq > answer.userSeq
      ? []
      : [lost(`task ${taskId} is not as ${name(write)} left it`)];
  });
}

/** One write has one answer and one place in the feed, however often it was sent. */
function doubledWrites(writes: readonly Write[], feed: readonly FeedRow[]): Violation[] {
  const twice = writes.filter(({ answers }) => new Set(answers.map(textOf)).size > 1);
  const unasked = groups(feed, ({ userId }) => userId).flatMap(([userId, rows]) => {
    const own = writes.filter((write) => write.userId === userId);
    const known = new Set(own.flatMap(({ answers }) => answers.map(({ userSeq }) => userSeq)));
    const open = own.filter(({ answers }) => answers.length === 0).length;
    const extra = rows.filter(({ userSeq }) => !known.has(userSeq)).length;
    return extra <= open
      ? []
      : [doubled(`the feed of ${userId} has ${extra - open} changes that nobody made`)];
  });
  return [...twice.map((write) => doubled(`${name(write)} was answered in two ways`)), ...unasked];
}

/** One event per change, one entry per event. */
function doubledEvents({ records, entries }: Observation): Violation[] {
  const events = groups(records, placeOf)
    .filter(([, all]) => new Set(all.map(({ eventId }) => eventId)).size > 1)
    .map(([place]) => doubled(`change ${place} has several events`));
  const logged = groups(entries, ({ eventId }) => eventId)
    .filter(([, all]) => all.length > 1)
    .map(([eventId]) => doubled(`event ${eventId} has several entries`));
  return [...events, ...logged];
}

/** The events of a key appear for the first time in the order of their changes, all in one partition. */
function disorderedRecords(records: readonly EventRecord[]): Violation[] {
  return groups(records, ({ key }) => key).flatMap(([key, all]) => {
    if (new Set(all.map(({ partition }) => partition)).size > 1)
      return [order(`key ${key} lies in several partitions`)];
    const first = firstOfEach(all.toSorted((a, b) => compare(a.offset, b.offset)));
    const places = first.map(({ userSeq }) => userSeq);
    return ascending(places) ? [] : [order(`the events of key ${key} are ${places.join(", ")}`)];
  });
}

/** The entries of a task follow its changes. */
function disorderedEntries({ records, entries }: Observation): Violation[] {
  const places = new Map(records.map(({ eventId, userSeq }) => [eventId, userSeq]));
  return groups(entries, ({ taskId }) => taskId).flatMap(([taskId, all]) => {
    const inOrder = firstOfEach(all.toSorted((a, b) => compare(a.number, b.number)));
    const logged = inOrder.map(({ eventId }) => places.get(eventId)).filter((place) => place !== undefined);
    return ascending(logged) ? [] : [order(`the entries of task ${taskId} are ${logged.join(", ")}`)];
  });
}

/** Nobody was shown a task that is not theirs. */
function foreignReadings({ readings, writes }: History, { tasks }: Observation): Violation[] {
  const owners = new Map(tasks.map(({ id, userId }) => [id, userId]));
  for (const { write, answer } of acknowledged(writes)) owners.set(answer.taskId, write.userId);
  return readings.flatMap(({ userId, taskIds }) =>
    taskIds
      .filter((id) => owners.get(id) !== userId)
      .map((id) => foreign(`${userId} was shown task ${id} of ${owners.get(id) ?? "nobody"}`)),
  );
}

/** No change, event or entry of a user is about somebody else's task. */
function foreignRows({ tasks, feed, records, entries }: Observation): Violation[] {
  const owners = new Map(tasks.map(({ id, userId }) => [id, userId]));
  return [...feed, ...records, ...entries]
    .filter(({ taskId, userId }) => (owners.get(taskId) ?? userId) !== userId)
    .map(({ taskId, userId }) => foreign(`${userId} has a trace of task ${taskId} of ${owners.get(taskId)}`));
}

function acknowledged(writes: readonly Write[]): { write: Write; answer: Answer }[] {
  return writes.flatMap((write) => {
    const [answer] = write.answers;
    return answer === undefined ? [] : [{ write, answer }];
  });
}

/** The first of all that speak of the same event. */
function firstOfEach<T extends { eventId: string }>(all: readonly T[]): T[] {
  const seen = new Set<string>();
  return all.filter(({ eventId }) => !seen.has(eventId) && seen.add(eventId));
}

function groups<T>(all: readonly T[], by: (one: T) => string): [string, T[]][] {
  return [...Map.groupBy(all, by)];
}

function ascending(places: readonly bigint[]): boolean {
  return places.every((place, i) => i === 0 || place > (places[i - 1] ?? place));
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const placeOf = ({ userId, userSeq }: { userId: string; userSeq: bigint }) => `${userId}/${userSeq}`;
const textOf = ({ taskId, userSeq }: Answer) => `${taskId}/${userSeq}`;
const name = ({ operation, requestId }: Write) => `${operation} ${requestId}`;
const lost = (what: string): Violation => ({ kind: "lost", what });
const doubled = (what: string): Violation => ({ kind: "doubled", what });
const order = (what: string): Violation => ({ kind: "order", what });
const foreign = (what: string): Violation => ({ kind: "foreign", what });
