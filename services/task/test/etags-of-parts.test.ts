import { Code } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { OccurrenceScope } from "@todo/proto/todo/task/v1/series";
import type { Task } from "@todo/proto/todo/task/v1/task";
import {
  BatchUpdateTasksRequest_Mode as Mode,
  BatchUpdateTasksRequest_Transition as Transition,
} from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bed, createTask, failureOf, newUser, required, startBed, type TaskClient } from "./fixture.ts";
import { repeating, weekly } from "./series-fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

const read = async (client: TaskClient, { id }: Task) => required((await client.getTask({ id })).task);
const part = (client: TaskClient, { id: subtaskOf }: Task) => createTask(client, { subtaskOf });
const move = (client: TaskClient, { id }: Task, subtaskOf: string) =>
  client.updateTask({ id, subtaskOf, updateMask: { paths: ["subtask_of"] } });

/** What brings a task under a house whose room is known, after the house was read. */
const growths: Record<
  string,
  (client: TaskClient, house: Task, room: Task) => Promise<() => Promise<unknown>>
> = {
  "a subtask is made": async (client, house) => () => part(client, house),
  "a subtask of a subtask is made": async (client, _, room) => () => part(client, room),
  "a task is moved under it": async (client, house) => {
    const other = await createTask(client);
    return () => move(client, other, house.id);
  },
  "a task with subtasks is moved under a subtask": async (client, _, room) => {
    const other = await createTask(client);
    await part(client, other);
    return () => move(client, other, room.id);
  },
  "a subtask is restored": async (client, _, room) => {
    const { id } = await part(client, room);
    await client.deleteTask({ id });
    return () => client.restoreTask({ id });
  },
  "a subtask is reopened": async (client, _, room) => {
    const { id } = await part(client, room);
    await client.completeTask({ id });
    return () => client.reopenTask({ id });
  },
  "a completion of a subtask is taken back": async (client, house) => {
    const { id } = await part(client, house);
    const { undoToken } = await client.completeTask({ id });
    return () => client.undo({ undoToken });
  },
  "several subtasks are reopened": async (client, house) => {
    const { id } = await part(client, house);
    await client.completeTask({ id });
    const selection = targets({ id, etag: "" });
    return () =>
      client.batchUpdateTasks({ selection, action: { case: "transition", value: Transition.REOPEN } });
  },
};

const taking: Record<string, (client: TaskClient, task: Task) => Promise<unknown>> = {
  CompleteTask: (client, { id, etag }) => client.completeTask({ id, etag }),
  DeleteTask: (client, { id, etag }) => client.deleteTask({ id, etag }),
  "a batch that completes": (client, { id, etag }) => batch(client, { id, etag }, Transition.COMPLETE),
  "a batch that deletes": (client, { id, etag }) => batch(client, { id, etag }, Transition.DELETE),
};

const targets = (target: Pick<Task, "id" | "etag">) => ({
  case: "targets" as const,
  value: { targets: [{ id: target.id, etag: target.etag }] },
});

function batch(client: TaskClient, target: Pick<Task, "id" | "etag">, value: Transition, mode?: Mode) {
  return client.batchUpdateTasks({
    selection: targets(target),
    action: { case: "transition", value },
    mode: mode ?? Mode.ATOMIC,
  });
}

async function houseWithRoom(client: TaskClient) {
  const house = await createTask(client, { title: "house" });
  return { house, room: await part(client, house) };
}

describe("an etag from before", () => {
  const cases = Object.keys(growths).flatMap((growth) => Object.keys(taking).map((name) => [growth, name]));
  it.each(cases)(
    "%s refuses %s, and the task that came is not taken along",
    async (growth = "", name = "") => {
      const client = bed.as(newUser());
      const { house, room } = await houseWithRoom(client);
      const grow = await required(growths[growth])(client, house, room);
      const seen = await read(client, house);
      await grow();
      const error = await failureOf(required(taking[name])(client, seen));
      expect([error.code, reasonOf(error)]).toEqual([Code.Aborted, "TASK_CHANGED"]);
      const { tasks } = await client.listTasks({ filter: { subtaskOf: house.id } });
      expect(tasks.every(({ completeTime, deleteTime }) => !completeTime && !deleteTime)).toBe(true);
      await required(taking[name])(client, await read(client, house));
    },
  );

  it("says per task of a batch what came under it", async () => {
    const client = bed.as(newUser());
    const { house } = await houseWithRoom(client);
    const seen = await read(client, house);
    await part(client, house);
    const { results, changedCount } = await batch(client, seen, Transition.DELETE, Mode.PER_ITEM);
    expect([results[0]?.outcome.case, changedCount]).toEqual(["failure", 0]);
  });

  it("refuses to delete a whole series whose occurrence got a subtask", async () => {
    const user = repeating(bed, newUser());
    const { task } = await weekly(user);
    await part(user.client, task);
    const request = { id: task.id, etag: task.etag, scope: OccurrenceScope.ALL };
    const error = await failureOf(user.client.deleteTask(request));
    expect(error.code).toBe(Code.Aborted);
    const { etag } = await read(user.client, task);
    await user.client.deleteTask({ ...request, etag });
  });
});

describe("an etag still holds", () => {
  it("where subtasks were done, changed, deleted or moved away", async () => {
    const client = bed.as(newUser());
    const { house, room } = await houseWithRoom(client);
    const others = [await part(client, house), await part(client, house), await part(client, house)];
    const [done, deleted, moved] = others as [Task, Task, Task];
    const seen = await read(client, house);
    await client.updateTask({ id: room.id, title: "kitchen", updateMask: { paths: ["title"] } });
    await client.completeTask({ id: done.id });
    await client.deleteTask({ id: deleted.id });
    await move(client, moved, "");
    await client.completeTask({ id: house.id, etag: seen.etag });
  });

  it("for an update of the task itself, and to reopen it", async () => {
    const client = bed.as(newUser());
    const { house } = await houseWithRoom(client);
    const seen = required((await client.completeTask({ id: house.id })).task);
    await part(client, house);
    const { etag, id } = seen;
    await client.updateTask({ id, etag, title: "home", updateMask: { paths: ["title"] } });
    const { task } = await client.getTask({ id });
    await part(client, house);
    await client.reopenTask({ id, etag: required(task).etag });
  });

  it("to take back that a task was made, whatever came under it", async () => {
    const client = bed.as(newUser());
    const { task, undoToken } = await client.createTask({ title: "house" });
    await part(client, required(task));
    await client.undo({ undoToken });
    expect((await read(client, required(task))).deleteTime).toBeDefined();
  });

  it("tells everybody above when something comes far below", async () => {
    const client = bed.as(newUser());
    const { house, room } = await houseWithRoom(client);
    const { userSeq: cursor } = await client.createTask({ title: "-" });
    await part(client, room);
    const { changes } = await client.listChanges({ cursor });
    expect(changes.map(({ taskId, type }) => [taskId, type.split(".").at(-1)]).slice(1)).toEqual(
      expect.arrayContaining([
        [room.id, "TaskProgressed"],
        [house.id, "TaskProgressed"],
      ]),
    );
  });
});
