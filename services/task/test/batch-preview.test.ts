import { Code } from "@connectrpc/connect";
import { ErrorReason } from "@todo/kit/errors";
import { Recurrence_Anchor as Anchor } from "@todo/proto/todo/task/v1/series";
import { Priority, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskFilter_Trash as Trash } from "@todo/proto/todo/task/v1/task_filter";
import { BatchUpdateTasksRequest_Transition as Transition } from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allPages, type Bed, createTask, failureOf, newUser, startBed, type TaskClient } from "./fixture.ts";
import { manyTasks } from "./many-tasks.ts";
import { repeating, weekly } from "./series-fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

type Filter = Parameters<TaskClient["listTasks"]>[0]["filter"];
const filtered = (value: NonNullable<Filter> = {}) => ({ case: "filter", value }) as const;
const transition = (value: Transition) => ({ case: "transition", value }) as const;
const targets = (...ids: string[]) =>
  ({ case: "targets", value: { targets: ids.map((id) => ({ id })) } }) as const;
const remove = transition(Transition.DELETE);
const complete = transition(Transition.COMPLETE);

describe("a batch whose filter leaves no task out", () => {
  it.each([
    ["an empty one", {}],
    ["every status", { statuses: [TaskStatus.OPEN, TaskStatus.COMPLETED, TaskStatus.SKIPPED] }],
    [
      "every priority",
      { priorities: [Priority.VERY_IMPORTANT, Priority.HIGH, Priority.MEDIUM, Priority.LOW] },
    ],
    ["the trash as well", { trash: Trash.WITH }],
    ["not the trash", { trash: Trash.WITHOUT }],
  ])("has to say whether it is a dry run: %s", async (_, filter) => {
    const client = bed.as(newUser());
    const { id } = await createTask(client);
    const request = { selection: filtered(filter), action: remove };
    const error = await failureOf(client.batchUpdateTasks(request));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toContain("dry_run");
    expect((await client.getTask({ id })).task?.deleteTime).toBeUndefined();
    expect(await client.batchUpdateTasks({ ...request, dryRun: true })).toMatchObject({ affectedCount: 1 });
    expect((await client.getTask({ id })).task?.deleteTime).toBeUndefined();
    expect(await client.batchUpdateTasks({ ...request, dryRun: false })).toMatchObject({ affectedCount: 1 });
    expect((await client.getTask({ id })).task?.deleteTime).toBeDefined();
  });

  it.each([
    ["a status", { statuses: [TaskStatus.OPEN] }],
    ["a tag", { tags: ["home"] }],
    ["a due date or none", { hasDue: false }],
    ["the trash alone", { trash: Trash.ONLY }],
  ])("is another one: %s", async (_, filter) => {
    const answer = bed.as(newUser()).batchUpdateTasks({ selection: filtered(filter), action: complete });
    expect((await answer).selectedCount).toBe(0);
  });
});

describe("a dry run", () => {
  it("counts what goes along with the chosen tasks", async () => {
    const client = bed.as(newUser());
    const whole = await createTask(client);
    const part = await createTask(client, { subtaskOf: whole.id });
    await createTask(client, { subtaskOf: part.id });
    await createTask(client, { dependsOn: [whole.id] });
    const request = { selection: targets(whole.id), action: remove };
    const would = await client.batchUpdateTasks({ ...request, dryRun: true });
    expect(would).toMatchObject({
      ...{ selectedCount: 1, changedCount: 1, affectedCount: 4, affectedCountIsMinimum: false },
      ...{ undoToken: "", userSeq: 7n },
    });
    expect(would.refusal).toBeUndefined();
    const done = await client.batchUpdateTasks(request);
    expect(done).toMatchObject({ selectedCount: 1, changedCount: 1, affectedCount: 4, userSeq: 11n });
  });

  it("counts the next occurrences of what is done, and of what goes on no more none", async () => {
    const user = repeating(bed, newUser());
    const { task } = await weekly(user);
    const { task: last } = await weekly(user, { recurrence: { rrule: "FREQ=WEEKLY;COUNT=1" } });
    const flexible = await weekly(user, {
      recurrence: { anchor: Anchor.COMPLETION },
    });
    const ids = [task.id, last.id, flexible.task.id];
    const request = { selection: targets(...ids), action: complete, dryRun: true };
    expect(await user.client.batchUpdateTasks(request)).toMatchObject({
      ...{ selectedCount: 3, affectedCount: 3, nextOccurrenceCount: 2 },
    });
    const statuses = (await allPages(user.client, {})).map(({ status }) => status);
    expect(statuses).toEqual(Array(3).fill(TaskStatus.OPEN));
  });

  it("tells the tasks as they would be, with what follows for them, and stores nothing", async () => {
    const client = bed.as(newUser());
    const whole = await createTask(client);
    const part = await createTask(client, { subtaskOf: whole.id });
    const request = { selection: targets(whole.id, part.id), action: complete, dryRun: true };
    const { results } = await client.batchUpdateTasks(request);
    expect(results[0]?.outcome.value).toMatchObject({
      ...{ status: TaskStatus.COMPLETED, subtaskCount: 1, completedSubtaskCount: 1 },
    });
    expect((await client.getTask({ id: whole.id })).task).toMatchObject({
      ...{ status: TaskStatus.OPEN, subtaskCount: 1, completedSubtaskCount: 0 },
    });
  });

  it("says how many match where that is too many, and that it would be refused", async () => {
    const user = newUser();
    await manyTasks(bed, user, { count: 1_234 });
    const client = bed.as(user);
    const request = { selection: filtered(), action: remove };
    const would = await client.batchUpdateTasks({ ...request, dryRun: true });
    expect(would).toMatchObject({
      ...{ selectedCount: 1_234, selectedCountIsMinimum: false, changedCount: 1_000 },
      ...{ affectedCount: 1_000, affectedCountIsMinimum: true, undoToken: "" },
      refusal: { reason: ErrorReason.BATCH_TOO_LARGE },
    });
    expect(would.results).toHaveLength(1_000);
    const error = await failureOf(client.batchUpdateTasks({ ...request, dryRun: false }));
    expect(error.code).toBe(Code.FailedPrecondition);
  });

  it("says that too many would go along, and how many at least", async () => {
    const user = newUser();
    const client = bed.as(user);
    const whole = await createTask(client);
    await manyTasks(bed, user, { count: 1_001, subtaskOf: whole.id });
    const request = { selection: targets(whole.id), action: remove };
    expect(await client.batchUpdateTasks({ ...request, dryRun: true })).toMatchObject({
      ...{ selectedCount: 1, changedCount: 1, affectedCount: 1_001, affectedCountIsMinimum: true },
      refusal: { reason: ErrorReason.COMMAND_TOO_LARGE },
    });
    expect((await failureOf(client.batchUpdateTasks(request))).code).toBe(Code.FailedPrecondition);
  });
});
