import { Code } from "@connectrpc/connect";
import { ErrorReason, reasonOf } from "@todo/kit/errors";
import { ErrorInfoSchema, PreconditionFailureSchema } from "@todo/proto/google/rpc/error_details";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import {
  BatchUpdateTasksRequest_Mode as Mode,
  BatchUpdateTasksRequest_Transition as Transition,
} from "@todo/proto/todo/task/v1/task_service";
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

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

async function isBlocked(client: TaskClient, { id }: Task): Promise<boolean> {
  return required((await client.getTask({ id })).task).blocked;
}

function waitFor(client: TaskClient, { id }: Pick<Task, "id">, ...dependsOn: Pick<Task, "id">[]) {
  return client.updateTask({
    id,
    updateMask: { paths: ["depends_on"] },
    dependsOn: dependsOn.map((each) => each.id),
  });
}

/** A task, and one that waits for it. */
async function pair(client: TaskClient): Promise<[first: Task, then: Task]> {
  const first = await createTask(client, { title: "first" });
  return [first, await createTask(client, { title: "then", dependsOn: [first.id] })];
}

describe("a task that depends on others", () => {
  it("is blocked until the last of them is done, and says so once", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    const [first, second] = [await createTask(client), await createTask(client)];
    const then = await createTask(client, { dependsOn: [first.id.toUpperCase(), second.id] });
    expect(then).toMatchObject({ dependsOn: [first.id, second.id], blocked: true });
    expect((await client.completeTask({ id: first.id })).userSeq).toBe(4n);
    expect(await isBlocked(client, then)).toBe(true);
    const { userSeq, task } = await client.completeTask({ id: second.id });
    expect([task?.userSeq, userSeq]).toEqual([5n, 6n]);
    expect(await isBlocked(client, then)).toBe(false);
    await bed.app.relay?.drained();
    const facts = bed.publisher
      .events("task.events")
      .filter(({ userid, type }) => userid === userId && type === "todo.task.v1.TaskUnblocked");
    expect(facts).toMatchObject([
      { subject: then.id, data: { context: { userSeq: "6" }, task: { id: then.id } } },
    ]);
  });

  it.each<
    [what: string, away: (client: TaskClient, id: string) => Promise<{ undoToken: string; userSeq: bigint }>]
  >([
    ["done", (client, id) => client.completeTask({ id })],
    ["in the trash", (client, id) => client.deleteTask({ id })],
  ])("is unblocked by one that is %s, and blocked again when that is taken back", async (_, away) => {
    const client = bed.as(newUser());
    const [first, then] = await pair(client);
    const { undoToken, userSeq } = await away(client, first.id);
    expect(await isBlocked(client, then)).toBe(false);
    await client.undo({ undoToken });
    expect(await isBlocked(client, then)).toBe(true);
    const { changes } = await client.listChanges({ cursor: userSeq - 1n });
    expect(changes.map(({ type }) => type.split(".").at(-1))).toEqual([
      "TaskUnblocked",
      expect.stringMatching(/^Task(Reopened|Restored)$/),
      "TaskBlocked",
    ]);
  });

  it("is blocked again by one that is opened again or restored", async () => {
    const client = bed.as(newUser());
    const [first, then] = await pair(client);
    await client.completeTask({ id: first.id });
    await client.reopenTask({ id: first.id });
    expect(await isBlocked(client, then)).toBe(true);
    await client.deleteTask({ id: first.id });
    expect(await isBlocked(client, then)).toBe(false);
    await client.restoreTask({ id: first.id });
    expect(await isBlocked(client, then)).toBe(true);
  });

  it("is blocked or not by a change of its own, which tells it with the rest", async () => {
    const client = bed.as(newUser());
    const [first, then] = await pair(client);
    const { task, userSeq, undoToken } = await waitFor(client, then);
    expect(task).toMatchObject({ dependsOn: [], blocked: false });
    expect(userSeq).toBe(3n);
    await client.undo({ undoToken });
    expect(await isBlocked(client, then)).toBe(true);
    await client.completeTask({ id: first.id });
    expect((await createTask(client, { dependsOn: [first.id] })).blocked).toBe(false);
  });

  it("is found by whether it is blocked", async () => {
    const client = bed.as(newUser());
    const [first, then] = await pair(client);
    const found = async (blocked: boolean) =>
      (await allPages(client, { filter: { blocked } })).map(({ id }) => id);
    expect([await found(true), await found(false)]).toEqual([[then.id], [first.id]]);
    await client.completeTask({ id: first.id });
    expect([await found(true), (await found(false)).length]).toEqual([[], 2]);
  });

  it("is not completed while it is blocked, unless that is wanted", async () => {
    const client = bed.as(newUser());
    const [first, then] = await pair(client);
    const error = await failureOf(client.completeTask({ id: then.id }));
    expect(error.code).toBe(Code.FailedPrecondition);
    expect(error.findDetails(ErrorInfoSchema)[0]).toMatchObject({
      reason: "TASK_BLOCKED",
      metadata: { id: then.id },
    });
    expect(error.findDetails(PreconditionFailureSchema)[0]?.violations).toMatchObject([
      { type: "DEPENDENCY_OPEN", subject: first.id },
    ]);
    expect((await client.listChanges({ cursor: 2n })).changes).toEqual([]);
    const { task } = await client.completeTask({ id: then.id, ignoreBlockers: true });
    expect(task).toMatchObject({ status: TaskStatus.COMPLETED, blocked: true });
  });

  it("is not completed with the task above either, if it waits for one that is not", async () => {
    const client = bed.as(newUser());
    const whole = await createTask(client);
    const inside = await createTask(client, { subtaskOf: whole.id });
    const outside = await createTask(client);
    const part = await createTask(client, { subtaskOf: whole.id, dependsOn: [inside.id, outside.id] });
    const error = await failureOf(client.completeTask({ id: whole.id }));
    expect(error.findDetails(ErrorInfoSchema)[0]).toMatchObject({
      reason: "TASK_BLOCKED",
      metadata: { id: part.id },
    });
    expect(error.findDetails(PreconditionFailureSchema)[0]?.violations).toMatchObject([
      { subject: outside.id },
    ]);
    await client.completeTask({ id: outside.id });
    expect((await client.completeTask({ id: whole.id })).task?.status).toBe(TaskStatus.COMPLETED);
    expect(await isBlocked(client, part)).toBe(false);
  });

  it("names tasks of one's own that are there, and of nobody else", async () => {
    const [owner, stranger] = [newUser(), newUser()];
    const client = bed.as(stranger);
    const [theirs, mine] = [await createTask(bed.as(owner)), await createTask(client)];
    const asked = await bed.startAnother();
    const missing = newUser();
    for (const id of [theirs.id, missing]) {
      const call = waitFor(bed.as(stranger, {}, asked), mine, { id });
      expect(await reasonOfFailure(call)).toBe("DEPENDENCY_INVALID");
    }
    // It notes whom it refused after its answer, at the latest before it ends.
    await asked[Symbol.asyncDispose]();
    await bed.app.relay?.drained();
    // What is not there leaves the same trace as what is somebody else's.
    const refused = { method: "todo.task.v1.TaskService/UpdateTask", reason: "DEPENDENCY_INVALID" };
    expect(refusalsOf(stranger)).toMatchObject([
      { data: { ...refused, subject: theirs.id } },
      { data: { ...refused, subject: missing } },
    ]);
    const gone = await createTask(client);
    await client.deleteTask({ id: gone.id });
    expect(await reasonOfFailure(client.createTask({ title: "x", dependsOn: [gone.id] }))).toBe(
      "DEPENDENCY_INVALID",
    );
    expect((await client.getTask({ id: mine.id })).task).toEqual(mine);
    expect((await bed.as(owner).getTask({ id: theirs.id })).task).toEqual(theirs);
  });

  it("keeps what it waited for when that is gone for good, and is not blocked by it", async () => {
    const client = bed.as(newUser());
    const [first, then] = await pair(client);
    await client.deleteTask({ id: first.id });
    await bed.admin.query("delete from task.task where id = $1", [first.id]);
    const next = await createTask(client);
    const { task } = await waitFor(client, then, first, next);
    expect(task).toMatchObject({ dependsOn: [first.id, next.id], blocked: true });
    await client.completeTask({ id: next.id });
    expect(await isBlocked(client, then)).toBe(false);
  });
});

const refusalsOf = (userId: string) =>
  bed.publisher.events("task.audit").filter((event) => event["userid"] === userId);

describe("a batch that completes tasks", () => {
  const complete = { case: "transition", value: Transition.COMPLETE } as const;
  const targets = (...tasks: Task[]) =>
    ({ case: "targets", value: { targets: tasks.map(({ id }) => ({ id })) } }) as const;

  it("completes those that wait for one another, in whatever order", async () => {
    const client = bed.as(newUser());
    const [first, then] = await pair(client);
    const { results, userSeq } = await client.batchUpdateTasks({
      selection: targets(then, first),
      action: complete,
    });
    expect([results.map(({ changed }) => changed), userSeq]).toEqual([[true, true], 4n]);
    expect(await isBlocked(client, then)).toBe(false);
  });

  it("says per task what is blocked from outside, itself or by a part, and what waits for that", async () => {
    const client = bed.as(newUser());
    const outside = await createTask(client);
    const whole = await createTask(client);
    await createTask(client, { subtaskOf: whole.id, dependsOn: [outside.id] });
    const waiting = await createTask(client, { dependsOn: [whole.id] });
    const free = await createTask(client);
    const request = { selection: targets(waiting, whole, free), action: complete };
    expect(await reasonOfFailure(client.batchUpdateTasks(request))).toBe("TASK_BLOCKED");
    const { results } = await client.batchUpdateTasks({ ...request, mode: Mode.PER_ITEM });
    const blocked = { case: "failure", value: { reason: ErrorReason.TASK_BLOCKED } };
    expect(results.map(({ outcome }) => outcome)).toMatchObject([
      blocked,
      blocked,
      { case: "task", value: { id: free.id, status: TaskStatus.COMPLETED } },
    ]);
    const { changes } = await client.listChanges({ cursor: 6n });
    expect(changes.map(({ taskId }) => taskId)).toEqual([free.id]);
  });
});

describe("tasks never wait for themselves", () => {
  it("neither directly nor by way of others, and the way is named", async () => {
    const client = bed.as(newUser());
    const [a, b] = await pair(client);
    const c = await createTask(client, { dependsOn: [b.id] });
    for (const path of [[a], [b, a], [c, b, a]]) {
      const error = await failureOf(waitFor(client, a, required(path[0])));
      expect(error.code).toBe(Code.FailedPrecondition);
      expect(error.findDetails(ErrorInfoSchema)[0]).toMatchObject({
        reason: "DEPENDENCY_CYCLE",
        metadata: { path: [a, ...path, ...(path.at(-1) === a ? [] : [a])].map(({ id }) => id).join(",") },
      });
    }
    await client.completeTask({ id: b.id, ignoreBlockers: true });
    expect(await reasonOfFailure(waitFor(client, a, c))).toBe("DEPENDENCY_CYCLE");
  });

  it("not even if two calls meet", async () => {
    const userId = newUser();
    const [client, other] = [bed.as(userId), bed.as(userId, {}, await bed.startAnother())];
    const [a, b] = [await createTask(client), await createTask(client)];
    const outcomes = await Promise.allSettled([waitFor(client, a, b), waitFor(other, b, a)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("not by taking something back either", async () => {
    const client = bed.as(newUser());
    const [a, b] = await pair(client);
    const { undoToken } = await waitFor(client, b);
    await waitFor(client, a, b);
    expect(await reasonOfFailure(client.undo({ undoToken }))).toBe("UNDO_OVERTAKEN");
  });

  const under = (client: TaskClient, part: Task, whole: Task) =>
    client.updateTask({ id: part.id, subtaskOf: whole.id, updateMask: { paths: ["subtask_of"] } });

  /** A whole with a part, and a task beside them. */
  async function beside(client: TaskClient) {
    const whole = await createTask(client, { title: "whole" });
    const part = await createTask(client, { title: "part", subtaskOf: whole.id });
    return { whole, part, other: await createTask(client, { title: "other" }) };
  }

  /** Each closes the ring of a whole, its part, and another task that the part waits for and that waits for the whole. */
  const closing: Record<string, (client: TaskClient) => Promise<() => Promise<unknown>>> = {
    "the part waits": async (client) => {
      const { whole, part, other } = await beside(client);
      await waitFor(client, other, whole);
      return () => waitFor(client, part, other);
    },
    "the other one waits": async (client) => {
      const { whole, part, other } = await beside(client);
      await waitFor(client, part, other);
      return () => waitFor(client, other, whole);
    },
    "the part is moved there": async (client) => {
      const { whole, other } = await beside(client);
      await waitFor(client, other, whole);
      const part = await createTask(client, { dependsOn: [other.id] });
      return () => under(client, part, whole);
    },
    "the part is made": async (client) => {
      const { whole, part, other } = await beside(client);
      await waitFor(client, other, whole);
      return () => client.createTask({ title: "x", subtaskOf: part.id, dependsOn: [other.id] });
    },
    "a task with such a part is moved there": async (client) => {
      const { whole, other } = await beside(client);
      await waitFor(client, other, whole);
      const between = await createTask(client);
      await createTask(client, { subtaskOf: between.id, dependsOn: [other.id] });
      return () => under(client, between, whole);
    },
    "both change at once": async (client) => {
      const { whole, other } = await beside(client);
      await waitFor(client, other, whole);
      const { id } = await createTask(client);
      const paths = ["subtask_of", "depends_on"];
      return () =>
        client.updateTask({ id, subtaskOf: whole.id, dependsOn: [other.id], updateMask: { paths } });
    },
  };

  it.each(Object.keys(closing))("nor by way of their parts, whatever closes the ring: %s", async (name) => {
    const client = bed.as(newUser());
    const close = await required(closing[name])(client);
    const { userSeq } = await client.listTasks({});
    const error = await failureOf(close());
    expect([error.code, reasonOf(error)]).toEqual([Code.FailedPrecondition, "DEPENDENCY_CYCLE"]);
    expect((await client.listTasks({})).userSeq).toBe(userSeq);
  });

  it("nor by way of a part that is done, or in the trash, when it comes back", async () => {
    const client = bed.as(newUser());
    const { whole, part, other } = await beside(client);
    await waitFor(client, part, other);
    await client.completeTask({ id: part.id, ignoreBlockers: true });
    expect(await reasonOfFailure(waitFor(client, other, whole))).toBe("DEPENDENCY_CYCLE");
    await client.reopenTask({ id: part.id });
    await client.deleteTask({ id: part.id });
    expect(await reasonOfFailure(waitFor(client, other, whole))).toBe("DEPENDENCY_CYCLE");
  });

  it("nor by way of a part by taking something back", async () => {
    const client = bed.as(newUser());
    const { whole, part, other } = await beside(client);
    await waitFor(client, part, other);
    const { undoToken } = await under(client, part, await createTask(client));
    await waitFor(client, other, whole);
    expect(await reasonOfFailure(client.undo({ undoToken }))).toBe("UNDO_OVERTAKEN");
  });

  it("nor by way of a part if two calls meet", async () => {
    const userId = newUser();
    const [client, second] = [bed.as(userId), bed.as(userId, {}, await bed.startAnother())];
    const { whole, part, other } = await beside(client);
    const calls = [waitFor(client, part, other), waitFor(second, other, whole)];
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("but a part may wait for the whole, and be completed with it", async () => {
    const client = bed.as(newUser());
    const { whole, part } = await beside(client);
    await waitFor(client, part, whole);
    await client.completeTask({ id: whole.id });
    expect(required((await client.getTask({ id: part.id })).task).status).toBe(TaskStatus.COMPLETED);
  });

  it("which is looked for among 1,000 tasks, and no more may have to be done before one", async () => {
    const client = bed.as(newUser());
    const first = await createTask(client);
    const { rows } = await bed.admin.query("select * from task.task where id = $1", [first.id]);
    const names = Object.keys(rows[0]).filter((name) => name !== "id" && name !== "depends_on");
    const idOf = (n: string) => `('00000000-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
    await bed.admin.query(
      `insert into task.task (id, depends_on, ${names.join(", ")})
       select ${idOf("n")}, array[case n when 1 then $1 else ${idOf("n - 1")} end], t.${names.join(", t.")}
       from task.task t, generate_series(1, 1000) n where t.id = $1`,
      [first.id],
    );
    const nth = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
    const error = await failureOf(waitFor(client, first, { id: nth(999) }));
    const { metadata } = required(error.findDetails(ErrorInfoSchema)[0]);
    expect(metadata["path"]?.split(",").slice(0, 2)).toEqual([first.id, nth(999)]);
    expect(metadata["path"]?.length).toBeLessThan(1_000);
    expect((await createTask(client, { dependsOn: [nth(999)] })).blocked).toBe(true);
    expect(await reasonOfFailure(client.createTask({ title: "x", dependsOn: [nth(1_000)] }))).toBe(
      "DEPENDENCIES_TOO_MANY",
    );
  });
});
