import { Code } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { type BlockedTable, blockTable } from "@todo/kit/testing/blocked-table";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Bed, createTask, failureOf, newUser, startBed, type TaskClient, until } from "./fixture.ts";

let bed: Bed;
let client: TaskClient;
let id: string;
let table: BlockedTable;

beforeAll(async () => {
  // The sweep would wait for the table too, and without a deadline.
  bed = await startBed({ erasureSweepMs: 3_600_000 });
  client = bed.as(newUser());
  ({ id } = await createTask(client));
});
afterAll(() => bed?.[Symbol.asyncDispose]());
beforeEach(async () => {
  table = await blockTable(bed.config.databaseUrl, "task.task, task.user_counter");
});
afterEach(() => table?.[Symbol.asyncDispose]());

/** Half of what every statement may take, which would end it too. */
const beforeItsOwnLimit = 5_000;

type Options = { timeoutMs?: number; signal?: AbortSignal };

const reads: Record<string, (o: Options) => Promise<unknown>> = {
  GetTask: (o) => client.getTask({ id }, o),
  ListTasks: (o) => client.listTasks({}, o),
  ListChanges: (o) => client.listChanges({}, o),
};

describe("a read that the database makes wait", () => {
  it.each(Object.keys(reads))(
    "ends with its deadline, and its statement with it: %s [R097]",
    async (name) => {
      const error = await failureOf((reads[name] as (o: Options) => Promise<unknown>)({ timeoutMs: 500 }));
      expect([error.code, reasonOf(error)]).toEqual([Code.DeadlineExceeded, "DEADLINE_PASSED"]);
      await until(async () => (await table.waiting()) === 0, beforeItsOwnLimit);
    },
  );

  it("ends when its caller goes away", async () => {
    const gone = new AbortController();
    const calls = Promise.allSettled(
      Array.from({ length: 30 }, () => client.getTask({ id }, { signal: gone.signal })),
    );
    // As many as there are connections; the others wait for one.
    await until(async () => (await table.waiting()) === bed.config.databasePoolSize);
    gone.abort();
    await calls;
    await until(async () => (await table.waiting()) === 0, beforeItsOwnLimit);
  });

  it("leaves the service whole", async () => {
    await failureOf(client.getTask({ id }, { timeoutMs: 300 }));
    await table[Symbol.asyncDispose]();
    expect((await client.getTask({ id })).task?.id).toBe(id);
  });
});

const writes: Record<string, (o: Options) => Promise<unknown>> = {
  CreateTask: (o) => client.createTask({ title: "late" }, o),
  CompleteTask: (o) => client.completeTask({ id }, o),
  RenameTag: (o) => client.renameTag({ name: "a", newName: "b" }, o),
  Undo: (o) => client.undo({ undoToken: "u1-1-1" }, o),
  "Undo of a renaming": (o) => client.undo({ undoToken: "t1-1-1" }, o),
};

describe("a write that the database makes wait", () => {
  it.each(Object.keys(writes))(
    "ends with its deadline, its statement with it, and stores nothing: %s [R097]",
    async (name) => {
      const error = await failureOf((writes[name] as (o: Options) => Promise<unknown>)({ timeoutMs: 500 }));
      expect([error.code, reasonOf(error)]).toEqual([Code.DeadlineExceeded, "DEADLINE_PASSED"]);
      await until(async () => (await table.waiting()) === 0, beforeItsOwnLimit);
      await table[Symbol.asyncDispose]();
      expect((await client.listChanges({})).nextCursor).toBe(1n);
    },
  );
});
