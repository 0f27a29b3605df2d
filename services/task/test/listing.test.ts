import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { Priority, type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { type TaskFilterSchema, TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import { ListTasksRequest_Order as Order } from "@todo/proto/todo/task/v1/task_service";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  allPages,
  type Bed,
  createTask,
  failureOf,
  newUser,
  reasonOfFailure,
  required,
  startBed,
  type TaskClient,
} from "./fixture.ts";

type Filter = MessageInitShape<typeof TaskFilterSchema>;

let bed: Bed;
/** A user with tasks that differ in everything, and often not at all. */
let client: TaskClient;
let tasks: Task[];

beforeAll(async () => {
  bed = await startBed();
  client = bed.as(newUser());
  tasks = await variedTasks(client, 72);
  await createTask(bed.as(newUser()), { title: "of somebody else" });
});
afterAll(() => bed?.[Symbol.asyncDispose]());

const titles = ["apple", "Apple", "BANANA", "cherry", "Äpfel", "zebra", "1 thing", "字"];
const dues = [
  undefined,
  { kind: { case: "allDay", value: "2026-03-02" } },
  { kind: { case: "floating", value: "2026-03-02T00:00:00" } },
  { kind: { case: "zoned", value: { time: { seconds: 1_772_452_800n }, tzid: "Europe/Berlin" } } },
  { kind: { case: "allDay", value: "2025-12-31" } },
] as const;
const tagSets = [[], ["Work"], ["Work", "Home"], ["Home", "urgent", "Work"], ["work"]];
const places = [Priority.VERY_IMPORTANT, Priority.HIGH, Priority.MEDIUM, Priority.LOW];

/** Every fourth is done, every ninth in the trash, every fifth part of the first; three are made at each instant. */
async function variedTasks(by: TaskClient, count: number): Promise<Task[]> {
  const made: Task[] = [];
  for (let n = 0; n < count; n++) {
    if (n % 3 === 0) bed.clock.advance(1_000);
    const due = dues[(n * 7) % dues.length];
    const { id } = await createTask(by, {
      title: required(titles[(n * 5) % titles.length]),
      priority: required(places[(n * 3 + (n >> 3)) % places.length]),
      tags: required(tagSets[n % tagSets.length]),
      ...(due === undefined ? {} : { due }),
      ...(n > 0 && n % 5 === 0 ? { subtaskOf: required(made[0]).id } : {}),
    });
    if (n > 0 && n % 4 === 0) await by.completeTask({ id });
    if (n > 0 && n % 9 === 0) await by.deleteTask({ id });
    made.push(required((await by.getTask({ id })).task));
  }
  return made;
}

/** The place of a due date on the UTC clock in milliseconds; `undefined`: none. */
function placeOf({ due }: Task): number | undefined {
  switch (due?.kind.case) {
    case "allDay":
      return Date.parse(`${due.kind.value}T00:00:00Z`);
    case "floating":
      return Date.parse(`${due.kind.value}Z`);
    case "zoned":
      return timestampDate(required(due.kind.value.time)).getTime();
    default:
      return undefined;
  }
}

type Key = (task: Task) => number | string | undefined;
const created: Key = (task) => timestampDate(required(task.createTime)).getTime();
const title: Key = (task) => task.title.toLowerCase();

/** The contract's orders in the plainest words: what to compare, and which way; `undefined` comes last. */
const orders: [order: Order, keys: [key: Key, sign: 1 | -1][]][] = [
  [
    Order.UNSPECIFIED,
    [
      [(task) => task.priority, 1],
      [placeOf, 1],
    ],
  ],
  [
    Order.PRIORITY,
    [
      [(task) => task.priority, 1],
      [placeOf, 1],
    ],
  ],
  [
    Order.PRIORITY_ASCENDING,
    [
      [(task) => task.priority, -1],
      [placeOf, 1],
    ],
  ],
  [Order.DUE, [[placeOf, 1]]],
  [Order.DUE_DESCENDING, [[placeOf, -1]]],
  [Order.CREATED, [[created, 1]]],
  [Order.CREATED_DESCENDING, [[created, -1]]],
  [Order.TITLE, [[title, 1]]],
  [Order.TITLE_DESCENDING, [[title, -1]]],
];

function sorted(list: readonly Task[], keys: [key: Key, sign: 1 | -1][]): Task[] {
  return [...list].sort((a, b) => {
    for (const [key, sign] of keys) {
      const [x, y] = [key(a), key(b)];
      if (x === y) continue;
      if (x === undefined) return 1;
      if (y === undefined) return -1;
      return (isBefore(x, y) ? -1 : 1) * sign;
    }
    return a.id < b.id ? -1 : 1;
  });
}

/** Texts by the root order of Unicode, as people look words up. */
const { compare } = new Intl.Collator("und");

function isBefore(x: number | string, y: number | string): boolean {
  const order = typeof x === "string" && typeof y === "string" ? compare(x, y) : 0;
  return order === 0 ? x < y : order < 0;
}

const idsOf = (list: readonly Task[]) => list.map(({ id }) => id);
const kept = () => tasks.filter((task) => task.deleteTime === undefined);

describe("the order of a list", () => {
  it("counts every order of the contract", () => {
    const all = Object.values(Order).filter((value) => typeof value === "number");
    expect(orders.map(([order]) => order).sort()).toEqual([...new Set(all)].sort());
  });

  it.each(orders)("is right in pages of any size: order %i [R011] [R012]", async (order, keys) => {
    const want = idsOf(sorted(kept(), keys));
    for (const pageSize of [1, 7, 100]) {
      expect(idsOf(await allPages(client, { order, pageSize }))).toEqual(want);
    }
  });

  it("has 50 tasks on a page of which nothing was said", async () => {
    const answer = await client.listTasks({});
    expect(answer.tasks).toHaveLength(50);
    expect(answer.nextPageToken).not.toBe("");
  });

  it("tells of the user's newest change, also when no task matches", async () => {
    const newest = (await client.listTasks({ pageSize: 1 })).userSeq;
    expect(newest).toBe(required(tasks.at(-1)).userSeq);
    expect((await client.listTasks({ filter: { tags: ["none"] } })).userSeq).toBe(newest);
    expect(await bed.as(newUser()).listTasks({})).toMatchObject({
      tasks: [],
      nextPageToken: "",
      userSeq: 0n,
    });
  });

  it.each(orders)(
    "shows every task that keeps its place once, while others come and go: order %i",
    async (order) => {
      const user = bed.as(newUser());
      const before = await variedTasks(user, 40);
      const staying = before.filter((task, n) => task.deleteTime === undefined && n % 2 === 1);
      const leaving = before.filter((task, n) => task.deleteTime === undefined && n % 2 === 0);
      const seen = await allPages(user, { order, pageSize: 4 }, async (page) => {
        const gone = leaving.pop();
        if (gone !== undefined) await user.deleteTask({ id: gone.id });
        if (page > 6) return;
        await createTask(user, { title: "aaa", priority: Priority.VERY_IMPORTANT });
        await createTask(user, { title: "zzz", priority: Priority.LOW });
      });
      const ids = idsOf(seen);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { id } of staying) expect(ids).toContain(id);
    },
  );
});

describe("the filter of a list", () => {
  const matches = (task: Task, filter: Filter): boolean => {
    const due = placeOf(task);
    const from = filter.dueFrom === undefined ? undefined : Number(filter.dueFrom.seconds) * 1_000;
    const until = filter.dueUntil === undefined ? undefined : Number(filter.dueUntil.seconds) * 1_000;
    const inTrash = task.deleteTime !== undefined;
    return [
      !filter.statuses?.length || filter.statuses.includes(task.status as TaskStatus),
      !filter.priorities?.length || filter.priorities.includes(task.priority as Priority),
      (filter.tags ?? []).every((tag) => task.tags.includes(tag)),
      from === undefined || (due !== undefined && due >= from),
      until === undefined || (due !== undefined && due < until),
      filter.hasDue === undefined || filter.hasDue === (due !== undefined),
      !filter.subtaskOf || task.subtaskOf === filter.subtaskOf,
      filter.trash === Trash.WITH || inTrash === (filter.trash === Trash.ONLY),
    ].every(Boolean);
  };
  const list = async (filter: Filter) =>
    idsOf(await allPages(client, { filter, order: Order.CREATED, pageSize: 9 }));
  const want = (filter: Filter) =>
    idsOf(
      sorted(
        tasks.filter((task) => matches(task, filter)),
        [[created, 1]],
      ),
    );

  it.each<[what: string, filter: () => Filter]>([
    ["status", () => ({ statuses: [TaskStatus.COMPLETED] })],
    ["statuses", () => ({ statuses: [TaskStatus.OPEN, TaskStatus.SKIPPED] })],
    ["priorities", () => ({ priorities: [Priority.HIGH, Priority.LOW] })],
    ["all tags, letter for letter", () => ({ tags: ["Work", "Home"] })],
    ["due from an instant on", () => ({ dueFrom: { seconds: 1_772_409_600n } })],
    ["due before an instant", () => ({ dueUntil: { seconds: 1_772_409_600n } })],
    [
      "due within a span",
      () => ({ dueFrom: { seconds: 1_772_409_600n }, dueUntil: { seconds: 1_772_452_800n } }),
    ],
    ["without a due date", () => ({ hasDue: false })],
    ["with a due date", () => ({ hasDue: true })],
    ["parts of a task", () => ({ subtaskOf: required(tasks[0]).id })],
    ["the trash", () => ({ trash: Trash.ONLY })],
    ["the trash as well", () => ({ trash: Trash.WITH })],
  ])("takes %s [R009]", async (_, filter) => {
    const got = await list(filter());
    expect(got).toEqual(want(filter()));
    expect(got.length).toBeGreaterThan(0);
    expect(got.length).toBeLessThan(tasks.length + (filter().trash === Trash.WITH ? 1 : 0));
  });

  it("takes all its parts together [R009]", async () => {
    const instant = fc.constantFrom(1_767_139_200n, 1_772_409_600n, 1_772_452_800n, 1_800_000_000n);
    const filters = fc.record(
      {
        statuses: fc.uniqueArray(fc.constantFrom(TaskStatus.OPEN, TaskStatus.COMPLETED), { maxLength: 2 }),
        priorities: fc.uniqueArray(fc.constantFrom(...places), { maxLength: 3 }),
        tags: fc.uniqueArray(fc.constantFrom("Work", "Home", "urgent"), { maxLength: 2 }),
        dueFrom: instant.map((seconds) => ({ seconds })),
        dueUntil: instant.map((seconds) => ({ seconds })),
        hasDue: fc.boolean(),
        subtaskOf: fc.constantFrom(required(tasks[0]).id, ""),
        trash: fc.constantFrom(Trash.UNSPECIFIED, Trash.WITHOUT, Trash.ONLY, Trash.WITH),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        expect(await list(filter)).toEqual(want(filter));
      }),
      { numRuns: 60 },
    );
  });

  it("knows no task of a series yet, and no part of a task that is not there", async () => {
    expect(await list({ seriesId: newUser() })).toEqual([]);
    expect(await list({ subtaskOf: newUser() })).toEqual([]);
  });

  it("counts a fraction of a second", async () => {
    const user = bed.as(newUser());
    await createTask(user, { due: { kind: { case: "allDay", value: "2026-03-02" } } });
    const seconds = BigInt(Date.parse("2026-03-02") / 1_000);
    const found = async (filter: Filter) => (await user.listTasks({ filter })).tasks.length;
    expect(await found({ dueFrom: { seconds, nanos: 0 } })).toBe(1);
    expect(await found({ dueFrom: { seconds, nanos: 1 } })).toBe(0);
    expect(await found({ dueUntil: { seconds, nanos: 0 } })).toBe(0);
    expect(await found({ dueUntil: { seconds, nanos: 1 } })).toBe(1);
  });
});

describe("a page token", () => {
  it("is good for its user, its filter and its order alone", async () => {
    const { nextPageToken: pageToken } = await client.listTasks({ pageSize: 1, filter: { hasDue: true } });
    expect(pageToken).not.toBe("");
    const requests = [
      () => client.listTasks({ pageToken }),
      () => client.listTasks({ pageToken, filter: { hasDue: false } }),
      () => client.listTasks({ pageToken, filter: { hasDue: true }, order: Order.DUE }),
      () => bed.as(newUser()).listTasks({ pageToken, filter: { hasDue: true } }),
      () => client.listTasks({ pageToken: `${pageToken}x`, filter: { hasDue: true } }),
    ];
    for (const request of requests) {
      const error = await failureOf(request());
      expect(error.code).toBe(Code.InvalidArgument);
      expect(await reasonOfFailure(request())).toBe("PAGE_TOKEN_INVALID");
    }
    const other = await client.listTasks({
      pageToken,
      filter: { hasDue: true },
      order: Order.PRIORITY,
      pageSize: 3,
    });
    expect(other.tasks).toHaveLength(3);
  });

  it("fits its field even for the longest title", async () => {
    const user = bed.as(newUser());
    const longest = ["🥛".repeat(200), "字".repeat(200), "\\".repeat(200), "ß".repeat(200), "İ".repeat(200)];
    for (const name of longest) await createTask(user, { title: name });
    const all = await allPages(user, { order: Order.TITLE, pageSize: 1 });
    expect(all.map((task) => task.title)).toEqual(sorted(all, [[title, 1]]).map((task) => task.title));
    expect(all).toHaveLength(longest.length);
  });
});

it("sorts titles as people look words up, in pages that miss none", async () => {
  const user = bed.as(newUser());
  const words = [
    "Zebra",
    "Äpfel",
    "apfel",
    "Öl",
    "Ofen",
    "éclair",
    "Eclair",
    "A\u0308pfel",
    "zug",
    "ß",
    "ss",
  ];
  for (const name of words) await createTask(user, { title: name });
  const expected = [
    "apfel",
    "A\u0308pfel",
    "Äpfel",
    "Eclair",
    "éclair",
    "Ofen",
    "Öl",
    "ss",
    "ß",
    "Zebra",
    "zug",
  ];
  for (const pageSize of [1, 2, 100]) {
    const all = await allPages(user, { order: Order.TITLE, pageSize });
    expect(all.map((task) => task.title)).toEqual(expected);
    const back = await allPages(user, { order: Order.TITLE_DESCENDING, pageSize });
    expect(back.map((task) => task.title)).toEqual(expected.toReversed());
  }
});
