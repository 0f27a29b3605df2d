import { Idempotency, methodRule } from "@todo/kit/policy";
import { servicesOf } from "@todo/kit/services";
import { OccurrenceScope as Scope } from "@todo/proto/todo/task/v1/series";
import type { Task } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import {
  TaskService,
  BatchUpdateTasksRequest_Transition as Transition,
} from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, newUser, required, startBed } from "./fixture.ts";
import { type Repeating, repeating, tasksOf, weekly } from "./series-fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

/** What a user has to begin with: tasks that all carry one tag. */
interface Ground extends Repeating {
  open: string;
  done: string;
  trashed: string;
  /** An occurrence. */
  repeated: string;
  seriesId: string;
}

type Call = (ground: Ground) => Promise<{ undoToken: string }>;

const titled = { title: "Other", updateMask: { paths: ["title"] } };
const all = { case: "filter" as const, value: { trash: Trash.WITHOUT } };

/** A call of each method that writes, which changes something. Methods with several forms come in each. */
const calls: Record<string, Record<string, Call>> = {
  createTask: { "": ({ client }) => client.createTask({ title: "New" }) },
  updateTask: {
    "": ({ client, open }) => client.updateTask({ id: open, ...titled }),
    "this and future": ({ client, repeated: id }) =>
      client.updateTask({ id, ...titled, scope: Scope.THIS_AND_FUTURE }),
    all: ({ client, repeated: id }) => client.updateTask({ id, ...titled, scope: Scope.ALL }),
  },
  completeTask: {
    "": ({ client, open: id }) => client.completeTask({ id }),
    "an occurrence": ({ client, repeated: id }) => client.completeTask({ id }),
  },
  reopenTask: { "": ({ client, done: id }) => client.reopenTask({ id }) },
  deleteTask: {
    "": ({ client, open: id }) => client.deleteTask({ id }),
    "this and future": ({ client, repeated: id }) => client.deleteTask({ id, scope: Scope.THIS_AND_FUTURE }),
    all: ({ client, repeated: id }) => client.deleteTask({ id, scope: Scope.ALL }),
  },
  restoreTask: { "": ({ client, trashed: id }) => client.restoreTask({ id }) },
  batchUpdateTasks: {
    "the status": ({ client }) =>
      client.batchUpdateTasks({
        selection: all,
        dryRun: false,
        action: { case: "transition", value: Transition.DELETE },
      }),
    tags: ({ client }) =>
      client.batchUpdateTasks({
        selection: all,
        dryRun: false,
        action: { case: "tags", value: { add: ["more"] } },
      }),
  },
  renameTag: {
    "": ({ client }) => client.renameTag({ name: "a", newName: "new" }),
    "to one there is": ({ client }) => client.renameTag({ name: "a", newName: "b" }),
  },
  setRecurrence: {
    "": ({ series, open: taskId }) => series.setRecurrence({ taskId, recurrence: { rrule: "FREQ=DAILY" } }),
    again: ({ series, repeated: taskId }) =>
      series.setRecurrence({ taskId, recurrence: { rrule: "FREQ=DAILY" } }),
  },
  clearRecurrence: { "": ({ series, repeated: taskId }) => series.clearRecurrence({ taskId }) },
  skipOccurrence: { "": ({ series, repeated: taskId }) => series.skipOccurrence({ taskId }) },
};

/** What users can call that changes something, as the contract says. */
const commands = servicesOf("task")
  .flatMap(({ methods }) => methods)
  .filter((method) => {
    const { exposed, idempotency } = methodRule(method);
    return exposed && idempotency !== Idempotency.READ_ONLY;
  });

async function ground(): Promise<Ground> {
  const user = repeating(bed, newUser());
  const { client } = user;
  const made = async (tags: string[]) => (await client.createTask({ title: "x", tags })).task?.id ?? "";
  const [open, done, trashed] = [await made(["a", "b"]), await made(["a"]), await made(["b", "a"])];
  await client.completeTask({ id: done });
  await client.deleteTask({ id: trashed });
  const { task, series } = await weekly(user, { task: { tags: ["c", "a"] } });
  return { ...user, open, done, trashed, repeated: task.id, seriesId: series.id };
}

/** What the user sees of tasks and of the series, but for what says that they were touched. */
async function seen(user: Ground): Promise<{ tasks: Record<string, unknown>[]; series: object }> {
  const tasks = await tasksOf(user, Trash.WITH);
  const { series } = await user.series.getSeries({ id: user.seriesId });
  const { state, template, recurrence } = required(series);
  return { tasks: tasks.map(lasting), series: { state, template, rrule: recurrence?.rrule } };
}

function lasting({ etag: _, userSeq: _seq, updateTime: _time, ...task }: Task): Record<string, unknown> {
  return task;
}

describe("every command there is", () => {
  it("is tried here, and Undo itself with each", () => {
    const tried = [...Object.keys(calls), TaskService.method.undo.localName];
    expect(tried.sort()).toEqual(commands.map(({ localName }) => localName).sort());
  });

  it.each(commands)("has an undo token in its answer by contract: $name", ({ output }) => {
    expect(output.fields.map(({ name }) => name)).toContain("undo_token");
  });

  const forms = Object.entries(calls).flatMap(([method, each]) =>
    Object.entries(each).map(([form, call]) => [`${method} ${form}`.trim(), call] as const),
  );
  it.each(forms)("is taken back by its token, and done again by the token of that: %s", async (_, call) => {
    const user = await ground();
    const before = await seen(user);
    const { undoToken } = await call(user);
    const after = await seen(user);
    expect(after).not.toEqual(before);
    const undone = await user.client.undo({ undoToken });
    const { tasks, series } = await seen(user);
    const known = before.tasks.map(({ id }) => id);
    const made = tasks.filter(({ id }) => !known.includes(id));
    expect({ tasks: tasks.filter(({ id }) => known.includes(id)), series }).toEqual(before);
    expect(made.filter(({ deleteTime }) => deleteTime === undefined)).toEqual([]);
    await user.client.undo({ undoToken: undone.undoToken });
    expect(await seen(user)).toEqual(after);
  });
});
