import { ErrorReason } from "@todo/kit/errors";
import { Priority, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import {
  BatchUpdateTasksRequest_Mode as Mode,
  BatchUpdateTasksRequest_Transition as Transition,
} from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  allPages,
  type Bed,
  count,
  createTask,
  newRequestId,
  newUser,
  reasonOfFailure,
  startBed,
  type TaskClient,
} from "./fixture.ts";
import { manyTasks } from "./many-tasks.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

async function titled(client: TaskClient, ...titles: string[]) {
  const tasks = [];
  for (const title of titles) tasks.push(await createTask(client, { title, tags: ["home"] }));
  return tasks;
}

const targets = (...ids: string[]) =>
  ({ case: "targets", value: { targets: ids.map((id) => ({ id })) } }) as const;
const transition = (value: Transition) => ({ case: "transition", value }) as const;
const complete = transition(Transition.COMPLETE);

describe("a batch", () => {
  it("does one thing to all named tasks, in one command with a place for each", async () => {
    const user = newUser();
    const client = bed.as(user);
    const tasks = await titled(client, "a", "b", "c");
    const answer = await client.batchUpdateTasks({
      selection: targets(...tasks.map(({ id }) => id)),
      action: {
        case: "fields",
        value: {
          updateMask: { paths: ["priority", "due"] },
          priority: Priority.HIGH,
          due: { kind: { case: "allDay", value: "2026-05-01" } },
        },
      },
    });
    expect(answer).toMatchObject({ changedCount: 3, failedCount: 0, userSeq: 6n });
    expect(answer.results.map(({ id }) => id)).toEqual(tasks.map(({ id }) => id));
    const now = await allPages(client, {});
    expect(now.map(({ priority, due }) => [priority, due?.kind.value])).toEqual(
      Array(3).fill([Priority.HIGH, "2026-05-01"]),
    );
    const { changes } = await client.listChanges({ cursor: 3n });
    expect(changes.map(({ userSeq, type }) => [userSeq, type])).toEqual(
      [4n, 5n, 6n].map((seq) => [seq, "todo.task.v1.TaskUpdated"]),
    );
  });

  it("chooses by filter, and leaves all others alone", async () => {
    const client = bed.as(newUser());
    const [kept] = [await createTask(client, { title: "kept", tags: ["work"] })];
    await titled(client, "a", "b");
    const filter = { tags: ["home"] };
    const answer = await client.batchUpdateTasks({
      selection: { case: "filter", value: filter },
      action: { case: "tags", value: { add: ["urgent"], remove: ["home"] } },
    });
    expect(answer.changedCount).toBe(2);
    expect((await allPages(client, { filter: { tags: ["urgent"] } })).map(({ tags }) => tags)).toEqual([
      ["urgent"],
      ["urgent"],
    ]);
    expect((await client.getTask({ id: kept.id })).task).toEqual(kept);
  });

  it("only says what it would do in a dry run", async () => {
    const client = bed.as(newUser());
    const tasks = await titled(client, "a", "b");
    await client.completeTask({ id: tasks[0]?.id ?? "" });
    const answer = await client.batchUpdateTasks({
      selection: { case: "filter", value: {} },
      action: complete,
      dryRun: true,
    });
    expect(answer).toMatchObject({ changedCount: 1, failedCount: 0, undoToken: "", userSeq: 3n });
    const would = new Map(answer.results.map(({ id, changed }) => [id, changed]));
    expect(tasks.map(({ id }) => would.get(id))).toEqual([false, true]);
    expect((await client.getTask({ id: tasks[1]?.id ?? "" })).task?.status).toBe(TaskStatus.OPEN);
  });

  it("is all or nothing unless asked otherwise", async () => {
    const client = bed.as(newUser());
    const [task] = await titled(client, "a");
    const stranger = newUser();
    const request = { selection: targets(task?.id ?? "", stranger), action: complete };
    expect(await reasonOfFailure(client.batchUpdateTasks(request))).toBe("TASK_NOT_FOUND");
    expect((await client.getTask({ id: task?.id ?? "" })).task?.status).toBe(TaskStatus.OPEN);
    const answer = await client.batchUpdateTasks({ ...request, mode: Mode.PER_ITEM });
    expect(answer).toMatchObject({ changedCount: 1, failedCount: 1 });
    expect(answer.results[1]).toMatchObject({
      id: stranger,
      changed: false,
      outcome: { case: "failure", value: { reason: ErrorReason.TASK_NOT_FOUND } },
    });
  });

  it("heeds the etag of each task", async () => {
    const client = bed.as(newUser());
    const [stale, fresh] = await titled(client, "a", "b");
    await client.completeTask({ id: stale?.id ?? "" });
    const answer = await client.batchUpdateTasks({
      selection: {
        case: "targets",
        value: { targets: [stale, fresh].map((task) => ({ id: task?.id ?? "", etag: task?.etag ?? "" })) },
      },
      action: transition(Transition.DELETE),
      mode: Mode.PER_ITEM,
    });
    expect(answer.results.map(({ outcome }) => outcome.case)).toEqual(["failure", "task"]);
  });

  it("is taken back by one token", async () => {
    const client = bed.as(newUser());
    await titled(client, "a", "b", "c");
    const { undoToken } = await client.batchUpdateTasks({
      selection: { case: "filter", value: {} },
      dryRun: false,
      action: transition(Transition.DELETE),
    });
    expect(await allPages(client, {})).toEqual([]);
    const { tasks } = await client.undo({ undoToken });
    expect(tasks).toHaveLength(3);
    expect(await allPages(client, {})).toHaveLength(3);
  });

  it("is not taken back at all if one of its tasks was changed since", async () => {
    const client = bed.as(newUser());
    const [one] = await titled(client, "a", "b");
    const { undoToken } = await client.batchUpdateTasks({
      selection: { case: "filter", value: {} },
      dryRun: false,
      action: complete,
    });
    await client.reopenTask({ id: one?.id ?? "" });
    expect(await reasonOfFailure(client.undo({ undoToken }))).toBe("UNDO_OVERTAKEN");
    const statuses = (await allPages(client, {})).map(({ status }) => status);
    expect(statuses.sort()).toEqual([TaskStatus.OPEN, TaskStatus.COMPLETED]);
  });

  it("happens once however often it is asked with one request_id", async () => {
    const client = bed.as(newUser());
    await titled(client, "a", "b");
    const request = {
      selection: { case: "filter" as const, value: {} },
      action: complete,
      dryRun: false,
      requestId: newRequestId(),
    };
    const [first, again] = [await client.batchUpdateTasks(request), await client.batchUpdateTasks(request)];
    expect(again).toEqual(first);
    expect((await client.listChanges({})).nextCursor).toBe(4n);
  });

  it("takes a thousand tasks, and refuses one more", async () => {
    const user = newUser();
    const client = bed.as(user);
    const all = { case: "filter" as const, value: { trash: Trash.WITH } };
    await manyTasks(bed, user, { count: 1_001 });
    const tooMany = { selection: all, action: complete, dryRun: false };
    expect(await reasonOfFailure(client.batchUpdateTasks(tooMany))).toBe("BATCH_TOO_LARGE");
    const [one] = (await client.listTasks({ pageSize: 1 })).tasks;
    await client.updateTask({ id: one?.id ?? "", updateMask: { paths: ["tags"] }, tags: ["out"] });
    await client.updateTask({
      id: one?.id ?? "",
      updateMask: { paths: ["priority"] },
      priority: Priority.LOW,
    });
    const most = { case: "filter" as const, value: { priorities: [Priority.MEDIUM] } };
    const answer = await client.batchUpdateTasks({ selection: most, action: complete });
    expect(answer).toMatchObject({ changedCount: 1_000, userSeq: 1_003n });
    const undone = await client.undo({ undoToken: answer.undoToken });
    expect(undone.tasks).toHaveLength(1_000);
    expect(await count(bed.admin, "feed", user)).toBe(2_003);
  });

  it.each([
    [
      "a task named twice",
      {
        selection: targets("019ca8d7-2d00-7b51-b7d2-91446462a21e", "019CA8D7-2d00-7b51-b7d2-91446462a21e"),
        action: complete,
      },
    ],
    ["nothing to do", { selection: targets("019ca8d7-2d00-7b51-b7d2-91446462a21e") }],
    ["nothing chosen", { action: complete }],
    [
      "a blank tag",
      {
        selection: { case: "filter" as const, value: {} },
        dryRun: false,
        action: { case: "tags" as const, value: { add: [" "] } },
      },
    ],
  ])("refuses %s", async (_, request) => {
    expect(await reasonOfFailure(bed.as(newUser()).batchUpdateTasks(request))).toBe("REQUEST_INVALID");
  });
});
