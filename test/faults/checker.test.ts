import { describe, expect, it } from "vitest";
import { check, countViolations, type ViolationKind } from "./checker.ts";
import type { History, Write } from "./history.ts";
import type { Observation } from "./observation.ts";

const [ann, bob] = ["ann", "bob"];
const plain = { title: "a", completed: false, deleted: false };

/** A history of three changes by Ann and one by Bob, all well kept. */
function wellKept() {
  const write = (
    userId: string,
    operation: Write["operation"],
    effect: Write["effect"],
    seq: bigint,
  ): Write => ({
    userId,
    operation,
    effect,
    requestId: `${userId}-${seq}`,
    answers: [{ taskId: `${userId}'s task`, userSeq: seq }],
  });
  const history: History = {
    writes: [
      write(ann, "create", plain, 1n),
      write(ann, "update", { ...plain, title: "b" }, 2n),
      write(ann, "complete", { title: "b", completed: true, deleted: false }, 3n),
      write(bob, "create", plain, 1n),
    ],
    readings: [{ userId: ann, taskIds: ["ann's task"] }],
  };
  const feed = [
    { userId: ann, userSeq: 1n, type: "todo.task.v1.TaskCreated", taskId: "ann's task" },
    { userId: ann, userSeq: 2n, type: "todo.task.v1.TaskUpdated", taskId: "ann's task" },
    { userId: ann, userSeq: 3n, type: "todo.task.v1.TaskCompleted", taskId: "ann's task" },
    { userId: bob, userSeq: 1n, type: "todo.task.v1.TaskCreated", taskId: "bob's task" },
  ];
  const records = feed.map((row, i) => ({
    ...row,
    partition: row.userId === ann ? 0 : 1,
    offset: BigInt(i),
    key: row.taskId,
    eventId: `${row.userId}-event-${row.userSeq}`,
  }));
  const entries = records.map(({ userId, userSeq, eventId, taskId }) => ({
    userId,
    number: userSeq,
    eventId,
    taskId,
  }));
  const tasks = [
    { id: "ann's task", userId: ann, userSeq: 3n, title: "b", completed: true, deleted: false },
    { id: "bob's task", userId: bob, userSeq: 1n, ...plain },
  ];
  return { history, seen: { tasks, feed, records, entries, brokenChains: [] as string[] } };
}

type Made = ReturnType<typeof wellKept>;

/** One thing wrong each, and what it is. */
const broken: [what: string, kind: ViolationKind, breakIt: (made: Made) => void][] = [
  ["an acknowledged write that the feed does not hold", "lost", ({ seen }) => void seen.feed.splice(3)],
  ["an acknowledged write at whose place is another change", "lost", ({ seen }) => swapTypes(seen)],
  ["a task that is gone", "lost", ({ seen }) => void seen.tasks.splice(1)],
  [
    "a task that is as before its last write",
    "lost",
    ({ seen }) => Object.assign(seen.tasks[0] ?? {}, { title: "a" }),
  ],
  ["a change without an event", "lost", ({ seen }) => void seen.records.splice(3)],
  ["an event without an entry", "lost", ({ seen }) => void seen.entries.splice(3)],
  ["a gap in a feed", "lost", ({ seen }) => void seen.feed.splice(1, 1)],
  ["a broken chain", "lost", ({ seen }) => void seen.brokenChains.push(ann)],
  [
    "two writes acknowledged as one change",
    "lost",
    ({ history }) =>
      void history.writes.push({
        userId: bob,
        operation: "create",
        effect: plain,
        requestId: "another",
        answers: [{ taskId: "bob's task", userSeq: 1n }],
      }),
  ],
  [
    "a repeated write that was done again",
    "doubled",
    ({ history }) => void history.writes[3]?.answers.push({ taskId: "bob's second", userSeq: 2n }),
  ],
  [
    "a change that nobody made",
    "doubled",
    ({ seen }) => void seen.feed.push({ ...lastOf(seen.feed), userSeq: 2n }),
  ],
  [
    "a change with two events",
    "doubled",
    ({ seen }) => void seen.records.push({ ...lastOf(seen.records), eventId: "another", offset: 9n }),
  ],
  [
    "an event with two entries",
    "doubled",
    ({ seen }) => void seen.entries.push({ ...lastOf(seen.entries), number: 2n }),
  ],
  ["events in another order than their changes", "order", ({ seen }) => swap(seen.records, "offset")],
  ["entries in another order than their changes", "order", ({ seen }) => swap(seen.entries, "number")],
  ["a key in two partitions", "order", ({ seen }) => Object.assign(seen.records[1] ?? {}, { partition: 5 })],
  [
    "a task shown to somebody else",
    "foreign",
    ({ history }) => void history.readings.push({ userId: bob, taskIds: ["ann's task"] }),
  ],
  [
    "an entry about somebody else's task",
    "foreign",
    ({ seen }) => void seen.entries.push({ userId: bob, number: 2n, eventId: "odd", taskId: "ann's task" }),
  ],
];

describe("the history checker", () => {
  it("finds nothing where nothing is wrong", () => {
    const { history, seen } = wellKept();
    expect(check(history, seen)).toEqual([]);
  });

  it.each(broken)("finds %s", (_, kind, breakIt) => {
    const made = wellKept();
    breakIt(made);
    const found = countViolations(check(made.history, made.seen));
    expect(found[kind]).toBeGreaterThan(0);
  });

  it("lets an unacknowledged write have taken effect once, or not at all", () => {
    const { history, seen } = wellKept();
    const last = history.writes[3];
    last?.answers.splice(0);
    expect(check(history, seen)).toEqual([]);
    const without: Observation = {
      tasks: seen.tasks.slice(0, 1),
      feed: seen.feed.slice(0, 3),
      records: seen.records.slice(0, 3),
      entries: seen.entries.slice(0, 3),
      brokenChains: [],
    };
    expect(check(history, without)).toEqual([]);
  });

  it("lets records repeat events, since their first occurrence is what counts", () => {
    const { history, seen } = wellKept();
    const repeated = seen.records.map((record) => ({ ...record, offset: record.offset + 100n }));
    expect(check(history, { ...seen, records: [...seen.records, ...repeated] })).toEqual([]);
  });
});

function lastOf<T>(all: readonly T[]): T {
  const last = all.at(-1);
  if (last === undefined) throw new Error("there is none");
  return last;
}

/** Lets the first two change places. */
function swap<T extends object>(all: T[], place: keyof T): void {
  const [first, second] = all;
  if (first === undefined || second === undefined) throw new Error("there are not two");
  [first[place], second[place]] = [second[place], first[place]];
}

function swapTypes({ feed }: Made["seen"]): void {
  swap(feed, "type");
}
