import { ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allPages, type Bed, newUser, required, startBed, type TaskClient } from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

/** What a user may do to the tasks made so far, which are named by their numbers. */
type Command =
  | { do: "create"; under: number | null; after: number[]; together: boolean }
  | { do: "complete"; task: number; anyway: boolean }
  | { do: "reopen" | "delete" | "restore"; task: number }
  | { do: "move"; task: number; under: number | null }
  | { do: "depend"; task: number; after: number[] }
  | { do: "together"; task: number; together: boolean }
  | { do: "undo"; command: number };

const task = fc.nat(7);
const maybe = fc.option(task);
const after = fc.uniqueArray(task, { maxLength: 3 });
const commands = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("create" as const), under: maybe, after, together: fc.boolean() }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("complete" as const), task, anyway: fc.boolean() }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom("reopen" as const, "delete" as const, "restore" as const),
      task,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("move" as const), task, under: maybe }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("depend" as const), task, after }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("together" as const), task, together: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("undo" as const), command: fc.nat(9) }) },
);

/** Refusals that say a random command makes no sense. */
const sensible =
  /^(PARENT_INVALID|DEPENDENCY_INVALID|DEPENDENCY_CYCLE|TASK_BLOCKED|TASK_DELETED|UNDO_OVERTAKEN)$/;

/** A user with what they did. */
interface Run {
  client: TaskClient;
  ids: string[];
  tokens: string[];
}

/** The token of what was done; empty if nothing was. */
async function perform({ client, ids, tokens }: Run, command: Command): Promise<string> {
  const idOf = (n: number) => ids[n % Math.max(ids.length, 1)] ?? "";
  const id = "task" in command ? idOf(command.task) : "";
  const update = (path: string, values: object) =>
    client.updateTask({ id, updateMask: { paths: [path] }, ...values });
  switch (command.do) {
    case "create": {
      const subtaskOf = command.under === null ? "" : idOf(command.under);
      const dependsOn = ids.length === 0 ? [] : [...new Set(command.after.map(idOf))];
      const made = await client.createTask({
        title: "x",
        subtaskOf,
        dependsOn,
        completeWithSubtasks: command.together,
      });
      ids.push(required(made.task).id);
      return made.undoToken;
    }
    case "complete":
      return (await client.completeTask({ id, ignoreBlockers: command.anyway })).undoToken;
    case "reopen":
      return (await client.reopenTask({ id })).undoToken;
    case "delete":
      return (await client.deleteTask({ id })).undoToken;
    case "restore":
      return (await client.restoreTask({ id })).undoToken;
    case "move":
      return (await update("subtask_of", { subtaskOf: command.under === null ? "" : idOf(command.under) }))
        .undoToken;
    case "depend":
      return (await update("depends_on", { dependsOn: [...new Set(command.after.map(idOf))] })).undoToken;
    case "together":
      return (await update("complete_with_subtasks", { completeWithSubtasks: command.together })).undoToken;
    case "undo": {
      const undoToken = tokens[command.command % Math.max(tokens.length, 1)];
      return undoToken === undefined ? "" : (await client.undo({ undoToken })).undoToken;
    }
  }
}

async function tasksOf(client: TaskClient): Promise<Task[]> {
  return allPages(client, { filter: { trash: Trash.WITH }, pageSize: 100 });
}

/** All of a task but what counts its changes. */
function contentOf({ etag: _, updateTime: _time, userSeq: _seq, ...rest }: Task) {
  return rest;
}

function derivedOf({ blocked, subtaskCount, completedSubtaskCount }: Task) {
  return { blocked, subtaskCount, completedSubtaskCount };
}

/** What follows for a task from all tasks, counted anew. */
function recounted(of: Task, all: readonly Task[]): ReturnType<typeof derivedOf> {
  const parts = all.filter(({ subtaskOf, deleteTime }) => subtaskOf === of.id && deleteTime === undefined);
  const open = ({ status, deleteTime }: Task) => status === TaskStatus.OPEN && deleteTime === undefined;
  return {
    blocked: all.some((other) => of.dependsOn.includes(other.id) && open(other)),
    subtaskCount: parts.length,
    completedSubtaskCount: parts.filter((part) => !open(part)).length,
  };
}

async function requireRecounted(client: TaskClient): Promise<Task[]> {
  const all = await tasksOf(client);
  for (const each of all) expect(derivedOf(each), each.id).toEqual(recounted(each, all));
  return all;
}

/** All changes of a user. ListChanges refuses gaps, and this that numbers stand twice. */
async function changesOf(client: TaskClient): Promise<bigint[]> {
  const seen: bigint[] = [];
  for (let cursor = 0n, more = true; more; ) {
    const page = await client.listChanges({ cursor, pageSize: 100 });
    seen.push(...page.changes.map(({ userSeq }) => userSeq));
    cursor = page.nextCursor;
    more = page.hasMore;
  }
  expect(seen).toEqual(seen.map((_, index) => BigInt(index + 1)));
  return seen;
}

describe("whatever is done to tasks that hang together", () => {
  it("leaves counts and blocks as a recount finds them, and can be taken back at once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(commands, { minLength: 3, maxLength: 25, size: "max" }), async (sequence) => {
        const run: Run = { client: bed.as(newUser()), ids: [], tokens: [] };
        for (const command of sequence) {
          if (run.ids.length === 0 && command.do !== "create") continue;
          const before = await tasksOf(run.client);
          bed.clock.advance(1_000);
          const undoToken = await perform(run, command).catch((error: unknown) => {
            expect(error).toBeInstanceOf(ConnectError);
            expect(reasonOf(error as ConnectError)).toMatch(sensible);
            return "";
          });
          const done = await requireRecounted(run.client);
          if (undoToken === "") {
            expect(done).toEqual(before);
            continue;
          }
          run.tokens.push(undoToken);
          const undone = await run.client.undo({ undoToken });
          const again = (await requireRecounted(run.client)).filter(({ id }) =>
            before.some((old) => old.id === id),
          );
          expect(again.map(contentOf)).toEqual(before.map(contentOf));
          run.tokens.push((await run.client.undo({ undoToken: undone.undoToken })).undoToken);
          expect((await requireRecounted(run.client)).map(contentOf)).toEqual(done.map(contentOf));
        }
        const { userSeq } = await run.client.listTasks({});
        expect((await changesOf(run.client)).length).toBe(Number(userSeq));
      }),
      { numRuns: 40 },
    );
  }, 180_000);
});
