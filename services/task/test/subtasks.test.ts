import { Code } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@todo/proto/google/rpc/error_details";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  allPages,
  type Bed,
  count,
  createTask,
  failureOf,
  newUser,
  reasonOfFailure,
  required,
  startBed,
  type TaskClient,
} from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

async function read(client: TaskClient, { id }: Pick<Task, "id">): Promise<Task> {
  return required((await client.getTask({ id })).task);
}

/** How many parts a task has, and how many of them are done. */
async function progress(client: TaskClient, task: Pick<Task, "id">): Promise<[parts: number, done: number]> {
  const { subtaskCount, completedSubtaskCount } = await read(client, task);
  return [subtaskCount, completedSubtaskCount];
}

/** The names of the changes behind a place, without their package, each with the title of its task. */
async function changesAfter(client: TaskClient, cursor: bigint): Promise<string[]> {
  const { changes } = await client.listChanges({ cursor, pageSize: 100 });
  return changes.map(({ type, task }) => `${type.split(".").at(-1)} ${task?.title}`);
}

/** A house with a room, and a wall and a door in it. */
async function house(client: TaskClient) {
  const top = await createTask(client, { title: "house" });
  const room = await createTask(client, { title: "room", subtaskOf: top.id });
  const wall = await createTask(client, { title: "wall", subtaskOf: room.id });
  const door = await createTask(client, { title: "door", subtaskOf: room.id });
  return { top, room, wall, door };
}

const isDone = async (client: TaskClient, task: Task) =>
  (await read(client, task)).status === TaskStatus.COMPLETED;
const inTrash = async (client: TaskClient, task: Task) => (await read(client, task)).deleteTime !== undefined;

describe("the counts of a task's parts", () => {
  it("follow whatever happens to a part, in the same command", async () => {
    const client = bed.as(newUser());
    const [whole, other] = [await createTask(client), await createTask(client)];
    const { id } = await createTask(client, { subtaskOf: whole.id });
    expect(await progress(client, whole)).toEqual([1, 0]);
    const second = await client.createTask({ title: "x", subtaskOf: whole.id });
    expect(await progress(client, whole)).toEqual([2, 0]);
    await client.completeTask({ id });
    expect(await progress(client, whole)).toEqual([2, 1]);
    await client.deleteTask({ id });
    expect(await progress(client, whole)).toEqual([1, 0]);
    await client.restoreTask({ id });
    expect(await progress(client, whole)).toEqual([2, 1]);
    await client.updateTask({ id, updateMask: { paths: ["subtask_of"] }, subtaskOf: other.id });
    expect([await progress(client, whole), await progress(client, other)]).toEqual([
      [1, 0],
      [1, 1],
    ]);
    await client.reopenTask({ id });
    expect(await progress(client, other)).toEqual([1, 0]);
    await client.undo({ undoToken: second.undoToken });
    expect(await progress(client, whole)).toEqual([0, 0]);
  });

  it("are a change of the task above, told by TaskProgressed, and leave its etag good for an update", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    const whole = await createTask(client, { title: "whole" });
    const { task: part, userSeq } = await client.createTask({ title: "part", subtaskOf: whole.id });
    expect([part?.userSeq, userSeq]).toEqual([2n, 3n]);
    expect(await changesAfter(client, 1n)).toEqual(["TaskCreated part", "TaskProgressed whole"]);
    await bed.app.relay?.drained();
    const [fact] = bed.publisher
      .events("task.events")
      .filter(({ userid, type }) => userid === userId && type === "todo.task.v1.TaskProgressed");
    expect(fact).toMatchObject({ subject: whole.id, data: { task: { subtaskCount: 1, userSeq: "3" } } });
    const request = { id: whole.id, etag: whole.etag, title: "all", updateMask: { paths: ["title"] } };
    expect((await client.updateTask(request)).task?.title).toBe("all");
  });

  it("are told by the history of the task above", async () => {
    const client = bed.as(newUser());
    const whole = await createTask(client);
    for (let n = 0; n < 3; n++) await createTask(client, { subtaskOf: whole.id });
    const { entries } = await client.listTaskHistory({ id: whole.id });
    expect(entries.map(({ changes }) => changes.map(({ field }) => field))).toEqual([
      ["subtask_count"],
      ["subtask_count"],
      ["subtask_count"],
      [],
    ]);
  });

  it("stay right when many parts change at once, from two processes", async () => {
    const userId = newUser();
    const clients = [bed.as(userId), bed.as(userId, {}, await bed.startAnother())];
    const client = required(clients[0]);
    const whole = await createTask(client);
    const parts = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        createTask(required(clients[n % 2]), { title: `part ${n}`, subtaskOf: whole.id }),
      ),
    );
    await Promise.all(parts.slice(0, 12).map(({ id }, n) => required(clients[n % 2]).completeTask({ id })));
    expect(await progress(client, whole)).toEqual([20, 12]);
    expect(await count(bed.admin, "feed", userId)).toBe(1 + 2 * 20 + 2 * 12);
  });
});

describe("a task that completes with its sub-tasks", () => {
  it("is completed by the last open part, and so on upwards, by one command", async () => {
    const client = bed.as(newUser());
    const { top, room, wall, door } = await house(client);
    for (const { id } of [top, room]) {
      await client.updateTask({
        id,
        updateMask: { paths: ["complete_with_subtasks"] },
        completeWithSubtasks: true,
      });
    }
    await client.completeTask({ id: wall.id });
    expect(await isDone(client, room)).toBe(false);
    const { undoToken, userSeq } = await client.completeTask({ id: door.id });
    expect(await changesAfter(client, userSeq - 3n)).toEqual([
      "TaskCompleted door",
      "TaskCompleted room",
      "TaskCompleted house",
    ]);
    expect(await progress(client, top)).toEqual([1, 1]);
    await client.undo({ undoToken });
    expect(await Promise.all([top, room, wall, door].map((task) => isDone(client, task)))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect([await progress(client, top), await progress(client, room)]).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });

  it("stays open if it did not ask for it, or waits for something else", async () => {
    const client = bed.as(newUser());
    const blocker = await createTask(client);
    const plain = await createTask(client);
    const waiting = await createTask(client, { completeWithSubtasks: true, dependsOn: [blocker.id] });
    for (const whole of [plain, waiting]) {
      const { id } = await createTask(client, { subtaskOf: whole.id });
      await client.completeTask({ id });
      expect(await isDone(client, whole)).toBe(false);
    }
  });

  it("is completed too where it waited for nothing but its own part", async () => {
    const client = bed.as(newUser());
    const whole = await createTask(client, { completeWithSubtasks: true });
    const part = await createTask(client, { subtaskOf: whole.id });
    await client.updateTask({
      id: whole.id,
      updateMask: { paths: ["depends_on"] },
      dependsOn: [part.id],
    });
    expect((await read(client, whole)).blocked).toBe(true);
    await client.completeTask({ id: part.id });
    expect(await read(client, whole)).toMatchObject({ status: TaskStatus.COMPLETED, blocked: false });
  });
});

describe("the parts of a task", () => {
  it("are completed with it, those that were done already left as they are", async () => {
    const client = bed.as(newUser());
    const { top, room, wall, door } = await house(client);
    const first = await client.completeTask({ id: wall.id });
    bed.clock.advance(60_000);
    const { userSeq, undoToken } = await client.completeTask({ id: top.id });
    expect(await changesAfter(client, userSeq - 3n)).toEqual([
      "TaskCompleted house",
      "TaskCompleted room",
      "TaskCompleted door",
    ]);
    expect((await read(client, wall)).completeTime).toEqual(first.task?.completeTime);
    await client.undo({ undoToken });
    expect(await Promise.all([top, room, wall, door].map((task) => isDone(client, task)))).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  it("go into the trash with it, and those that went with it come back with it", async () => {
    const client = bed.as(newUser());
    const { top, room, wall, door } = await house(client);
    await client.deleteTask({ id: wall.id });
    const { undoToken } = await client.deleteTask({ id: top.id });
    expect(await allPages(client, {})).toEqual([]);
    await client.restoreTask({ id: top.id });
    expect(await Promise.all([top, room, wall, door].map((task) => inTrash(client, task)))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(await reasonOfFailure(client.undo({ undoToken }))).toBe("UNDO_OVERTAKEN");
    await client.restoreTask({ id: wall.id });
    expect(await progress(client, room)).toEqual([2, 0]);
  });

  it("come back with the part above them alone too, and the rest with the whole", async () => {
    const client = bed.as(newUser());
    const { top, room, wall, door } = await house(client);
    const garden = await createTask(client, { title: "garden", subtaskOf: top.id });
    await client.deleteTask({ id: top.id });
    await client.restoreTask({ id: room.id });
    expect((await allPages(client, {})).map(({ title }) => title).sort()).toEqual(["door", "room", "wall"]);
    expect(await progress(client, top)).toEqual([1, 0]);
    await client.restoreTask({ id: top.id });
    expect(await Promise.all([wall, door, garden].map((task) => inTrash(client, task)))).toEqual([
      false,
      false,
      false,
    ]);
    expect(await progress(client, top)).toEqual([2, 0]);
  });

  it("are to leave the trash for good when it does", async () => {
    const client = bed.as(newUser());
    const { top } = await house(client);
    await client.deleteTask({ id: top.id });
    const trash = await allPages(client, { filter: { trash: Trash.ONLY } });
    expect(new Set(trash.map(({ purgeTime }) => purgeTime?.seconds)).size).toBe(1);
    expect(trash).toHaveLength(4);
  });

  it("are too many to be changed at once beyond 1,000, and then nothing happens", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    const whole = await createTask(client);
    const part = await createTask(client, { subtaskOf: whole.id });
    const { rows } = await bed.admin.query("select * from task.task where id = $1", [part.id]);
    const names = Object.keys(rows[0]).filter((name) => name !== "id");
    await bed.admin.query(
      `insert into task.task (id, ${names.join(", ")})
       select gen_random_uuid(), ${names.join(", ")} from task.task, generate_series(1, 999) where id = $1`,
      [part.id],
    );
    await bed.admin.query("update task.task set subtask_count = 1000 where id = $1", [whole.id]);
    for (const command of ["completeTask", "deleteTask"] as const) {
      const error = await failureOf(client[command]({ id: whole.id }));
      expect(error.code).toBe(Code.FailedPrecondition);
      expect(error.findDetails(ErrorInfoSchema)[0]).toMatchObject({
        reason: "COMMAND_TOO_LARGE",
        metadata: { limit: "1000" },
      });
    }
    expect(await progress(client, whole)).toEqual([1_000, 0]);
    await client.deleteTask({ id: part.id });
    const { userSeq } = await client.deleteTask({ id: whole.id });
    expect(userSeq).toBe(5n + 1_000n);
  });
});
