import {
  create,
  type DescMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { outboxRows } from "@todo/kit/outbox";
import type { Principal } from "@todo/kit/principal";
import type { Task as TaskMessage } from "@todo/proto/todo/task/v1/task";
import type { ChangeContext } from "@todo/proto/todo/task/v1/task_event";
import type { Change, Task } from "./domain/task.ts";
import { contextOf, eventsOf, recurringEvent, sweepEvent } from "./events.ts";
import { type Doer, doerOf, type FeedRow, feedRow } from "./feed.ts";
import { taskMessage } from "./mapping.ts";
import type { AnswerKey } from "./replay.ts";
import type { AnswerToStore, Saving } from "./save.ts";
import type { SeriesOutcome } from "./series/book.ts";
import type { SeriesChange, SeriesImage } from "./series/fact.ts";
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

/** One change of many tasks at once, with one place and one fact. */
export interface Sweep {
  row: Omit<FeedRow, "userSeq" | keyof Doer>;
  fact(context: ChangeContext): Message;
  /** Whether it can be taken back. */
  undoable: boolean;
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
  /** A task as its user sees it, with its place. */
  message(task: Task): TaskMessage;
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
type Settled<O extends DescMessage> = Omit<Decision<O>, "series"> & { settled: SeriesOutcome };

/** The answer to a call, and what is to be stored with it. The changes take the places behind the user's newest one. */
export function outcomeOf<O extends DescMessage>(
  call: { method: { output: O }; principal: Principal; request: { requestId: string } },
  { changes, sweep, settled, answer: answerWith }: Settled<O>,
  o: { key: AnswerKey | undefined; newest: bigint; time: Date },
): Outcome<O> {
  const { key, newest, time } = o;
  const messages = numbered(changes, newest);
  const count = sweep === undefined ? changes.length : 1;
  const userSeq = newest + BigInt(count);
  const undoToken =
    count === 0 || sweep?.undoable === false ? "" : undoTokenOf({ first: newest + 1n, count });
  const message = (task: Task) => messages.get(task) ?? taskMessage(task);
  const response = create(call.method.output, answerWith({ userSeq, undoToken, message }));
  const answer = key && { key, response: toBinary<DescMessage>(call.method.output, response) };
  const by = { principal: call.principal, requestId: call.request.requestId, time };
  const parts =
    sweep === undefined ? partsOf(changes, messages, { ...by, settled }) : partsOfSweep(sweep, userSeq, by);
  const { userId } = call.principal;
  const saving = count === 0 ? undefined : { ...parts, userId, time, first: newest + 1n, answer };
  return { response, userSeq, answer, time, saving };
}

type Parts = Pick<Saving, "made" | "tasks" | "series" | "feed" | "events">;

interface By {
  principal: Principal;
  requestId: string;
  time: Date;
}

/** Gives each change its place. */
function numbered(changes: readonly Changed[], newest: bigint): Map<Task, TaskMessage> {
  if (changes.length > maxChanges) throw new Error("a command makes too many changes");
  const messages = new Map<Task, TaskMessage>();
  for (const { task } of changes) {
    if (messages.has(task)) throw new Error("a command changes a task twice");
    task.userSeq = newest + BigInt(messages.size) + 1n;
    messages.set(task, taskMessage(task));
  }
  return messages;
}

function partsOf(
  changes: readonly Changed[],
  messages: ReadonlyMap<Task, TaskMessage>,
  { settled, ...by }: By & { settled: SeriesOutcome },
): Parts {
  const events = [...messages.values()].flatMap((message, index) => {
    const { change } = changes[index] as Changed;
    return eventsOf(change, message, by);
  });
  const doer = doerOf(by);
  return {
    made: countOf(changes, "created") - countOf(changes, "purged"),
    tasks: changes.flatMap(({ task, change }) => (change.kind === "purged" ? [] : [task])),
    series: settled.series,
    feed: changes.map((changed) => feedRow(changed, doer)),
    events: outboxRows("task", [...events, ...settled.facts.map((fact) => recurringEvent(fact, by))]),
  };
}

function countOf(changes: readonly Changed[], kind: Change["kind"]): number {
  return changes.filter(({ change }) => change.kind === kind).length;
}

function partsOfSweep({ row, fact }: Sweep, userSeq: bigint, by: By): Parts {
  const event = sweepEvent(fact(contextOf(userSeq, by)), userSeq, by);
  const feed = [{ ...row, userSeq, ...doerOf(by) }];
  return { made: 0, tasks: [], series: [], feed, events: outboxRows("task", [event]) };
}
