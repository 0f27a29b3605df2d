import {
  create,
  type DescMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { DomainError } from "@todo/kit/errors";
import { type OutgoingEvent, outboxRows } from "@todo/kit/outbox";
import type { Principal } from "@todo/kit/principal";
import type { Task as TaskMessage } from "@todo/proto/todo/task/v1/task";
import type { ChangeContext } from "@todo/proto/todo/task/v1/task_event";
import type { Change, Task } from "./domain/task.ts";
import { commandTooLarge } from "./errors.ts";
import { contextOf, eventsOf, recurringEvent, sweepEvent } from "./events.ts";
import { type Doer, doerOf, type FeedRow, feedRow } from "./feed.ts";
import { taskMessage } from "./mapping.ts";
import type { AnswerKey } from "./replay.ts";
import type { AnswerToStore, Saving } from "./save.ts";
import type { SeriesOutcome } from "./series/book.ts";
import type { SeriesChange, SeriesImage } from "./series/fact.ts";
import { isFollowed } from "./series/followed.ts";
import { maxChanges, undoTokenOf } from "./undo-token.ts";

/** A task as it is to be, and what happened to it. */
export interface Changed {
  task: Task;
  change: Change;
  /** Why an occurrence is left out, in the user's words. */
  reason?: string;
  /** What of a series it put something else in the place of. */
  series?: SeriesImage;
}

/** A change of the tags of any number of tasks, which the decision has stored with what each publishes. */
export interface Sweep {
  /** How many places it takes: one for all tasks, or one for each. */
  count: number;
  /** What there is but once, where all tasks have one place. */
  whole?: { row: Omit<FeedRow, "userSeq" | keyof Doer>; fact(context: ChangeContext): Message };
}

/**
 * How far the consequences of changes go. `unhindered`: what is completed may wait for others. `counted`: no other task
 * is completed, deleted or restored, and only counts and blocks follow.
 */
export type Following = "all" | "unhindered" | "counted";

/** What a command does, and how it answers. */
export interface Decision<O extends DescMessage> {
  /** In the order in which they happen; each task once. */
  changes: readonly Changed[];
  /** Instead of them. */
  sweep?: Sweep;
  /** What is done to series besides what follows from the changes. */
  series?: readonly SeriesChange[];
  /** What follows from the changes; by default all of it. */
  following?: Following;
  /** It is more than a change of one thing, and so is taking it back. */
  isExpensive?: boolean;
  /** The series has to go on: it is never refused for what its tasks wait for. */
  isNextOccurrence?: boolean;
  /** Nothing is stored: the answer says what would be. */
  dryRun?: boolean;
  answer(o: Answering): MessageInitShape<O>;
}

/** What a command does to a task and to its series. */
export type Wide = Pick<Decision<DescMessage>, "changes" | "series">;

/** What an answer is made of. */
export interface Answering {
  /** The user's newest change. */
  userSeq: bigint;
  /** Empty: nothing changed. */
  undoToken: string;
  effect: Effect;
  /** A task as its user sees it, with its place. */
  message(task: Task): TaskMessage;
}

/** How many tasks a command changes, or would in a dry run. */
export interface Effect {
  /** What follows for other tasks included. */
  affected: number;
  /** How many occurrences are made next, at most, by another command. */
  nextOccurrences: number;
  /** Why a dry run would be refused otherwise; `affected` is only the least then. */
  refusal?: DomainError | undefined;
}

/** What a decision comes to. */
export interface Outcome<O extends DescMessage> {
  response: MessageShape<O>;
  userSeq: bigint;
  answer: AnswerToStore | undefined;
  /** `undefined`: nothing changed. */
  saving: Saving | undefined;
  time: Date;
}

/** A decision with what follows from it. */
type Settled<O extends DescMessage> = Omit<Decision<O>, "series"> & {
  settled: SeriesOutcome;
  refusal?: DomainError;
};

/** The answer to a call, and what is to be stored with it. The changes take the places behind the user's newest one. */
export function outcomeOf<O extends DescMessage>(
  call: { method: { output: O }; principal: Principal; request: { requestId: string } },
  { dryRun = false, ...decided }: Settled<O>,
  o: { key: AnswerKey | undefined; newest: bigint; time: Date },
): Outcome<O> {
  const { key, newest, time } = o;
  const { sweep, settled, isExpensive, answer: answerWith } = decided;
  const changes = dryRun ? [] : decided.changes;
  const messages = numbered(changes, newest);
  const { count } = sweep ?? { count: changes.length };
  const effect = effectOf(decided);
  const [first, userSeq] = [newest + 1n, newest + BigInt(count)];
  const of = sweep === undefined ? "tasks" : "tags";
  const undoToken = count === 0 ? "" : undoTokenOf({ of, first, count, isCheap: !isExpensive });
  const message = (task: Task) => messages.get(task) ?? taskMessage(task);
  const response = create(call.method.output, answerWith({ userSeq, undoToken, message, effect }));
  const answer = key && { key, response: toBinary<DescMessage>(call.method.output, response) };
  const by = { principal: call.principal, requestId: call.request.requestId, time, settled };
  const parts = sweep === undefined ? partsOf(changes, messages, by) : partsOfSweep(sweep, userSeq, by);
  const { userId } = call.principal;
  const saving = count === 0 ? undefined : { ...parts, userId, time, first, last: userSeq, answer };
  return { response, userSeq, answer, time, saving };
}

function effectOf({ changes, settled, refusal }: Settled<DescMessage>): Effect {
  const nextOccurrences = settled.facts.filter(isFollowed).length;
  const affected = refusal === undefined ? changes.length : maxChanges + 1;
  return { affected, nextOccurrences, refusal };
}

type Parts = Pick<Saving, "made" | "tasks" | "series" | "feed" | "events">;

interface By {
  principal: Principal;
  requestId: string;
  time: Date;
  settled: SeriesOutcome;
}

/** Gives each change its place. */
function numbered(changes: readonly Changed[], newest: bigint): Map<Task, TaskMessage> {
  if (changes.length > maxChanges) throw commandTooLarge(maxChanges);
  const messages = new Map<Task, TaskMessage>();
  for (const { task } of changes) {
    if (messages.has(task)) throw new Error("a command changes a task twice");
    task.userSeq = newest + BigInt(messages.size) + 1n;
    messages.set(task, taskMessage(task));
  }
  return messages;
}

function partsOf(changes: readonly Changed[], messages: ReadonlyMap<Task, TaskMessage>, by: By): Parts {
  const events = [...messages.values()].flatMap((message, index) => {
    const { change } = changes[index] as Changed;
    return eventsOf(change, message, by);
  });
  const doer = doerOf(by);
  return {
    made: countOf(changes, "created") - countOf(changes, "purged"),
    tasks: changes.flatMap(({ task, change }) => (change.kind === "purged" ? [] : [task])),
    series: by.settled.series,
    feed: changes.map((changed) => feedRow(changed, doer)),
    events: outboxRows("task", [...events, ...recurringEvents(by)]),
  };
}

function recurringEvents(by: By): OutgoingEvent[] {
  return by.settled.facts.map((fact) => recurringEvent(fact, by));
}

function countOf(changes: readonly Changed[], kind: Change["kind"]): number {
  return changes.filter(({ change }) => change.kind === kind).length;
}

function partsOfSweep({ whole }: Sweep, userSeq: bigint, by: By): Parts {
  const events = recurringEvents(by);
  if (whole !== undefined) events.unshift(sweepEvent(whole.fact(contextOf(userSeq, by)), userSeq, by));
  const feed = whole === undefined ? [] : [{ ...whole.row, userSeq, ...doerOf(by) }];
  return { made: 0, tasks: [], series: by.settled.series, feed, events: outboxRows("task", events) };
}
