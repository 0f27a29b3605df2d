import { Code } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { BatchUpdateTasksRequest_Transition as Transition } from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Bed,
  count,
  createTask,
  failureOf,
  newRequestId,
  newUser,
  reasonOfFailure,
  required,
  startBed,
  type TaskClient,
  until,
} from "./fixture.ts";
import { type Repeating, repeating } from "./series-fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

/** Every write, on a task that lets it do something. */
const writes = {
  createTask: async () => (client: TaskClient, requestId: string) =>
    client.createTask({ title: "x", requestId }),
  updateTask: async (by: TaskClient) => {
    const { id } = await createTask(by);
    return (client: TaskClient, requestId: string) =>
      client.updateTask({ id, updateMask: { paths: ["title"] }, title: "y", requestId });
  },
  completeTask: async (by: TaskClient) => {
    const { id } = await createTask(by);
    return (client: TaskClient, requestId: string) => client.completeTask({ id, requestId });
  },
  reopenTask: async (by: TaskClient) => {
    const { id } = await createTask(by);
    await by.completeTask({ id });
    return (client: TaskClient, requestId: string) => client.reopenTask({ id, requestId });
  },
  deleteTask: async (by: TaskClient) => {
    const { id } = await createTask(by);
    return (client: TaskClient, requestId: string) => client.deleteTask({ id, requestId });
  },
  restoreTask: async (by: TaskClient) => {
    const { id } = await createTask(by);
    await by.deleteTask({ id });
    return (client: TaskClient, requestId: string) => client.restoreTask({ id, requestId });
  },
};
const names = Object.keys(writes) as (keyof typeof writes)[];

/** How many changes the user has made. */
async function newestOf(client: TaskClient): Promise<bigint> {
  return (await client.listTasks({ pageSize: 1 })).userSeq;
}

describe("a write that is repeated with its request_id", () => {
  it.each(names)("gets the first answer again and does nothing more: %s", async (name) => {
    const client = bed.as(newUser());
    const call = await writes[name](client);
    const requestId = newRequestId();
    const first = await call(client, requestId);
    bed.clock.advance(1_000);
    // Something else happens in between, so that another answer would look different.
    await client
      .updateTask({ id: required(first.task).id, updateMask: { paths: ["tags"] }, tags: ["z"] })
      .catch(() => undefined);
    const newest = await newestOf(client);
    expect(await call(client, requestId)).toEqual(first);
    expect(await newestOf(client)).toBe(newest);
  });

  it.each(names)("is done once if both come at the same time, over one process or two: %s", async (name) => {
    const other = await bed.startAnother();
    for (const second of [bed.app, other]) {
      const userId = newUser();
      const [one, two] = [bed.as(userId), bed.as(userId, {}, second)];
      const call = await writes[name](one);
      const before = await newestOf(one);
      const requestId = newRequestId();
      const answers = await Promise.all([call(one, requestId), call(two, requestId), call(one, requestId)]);
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
      expect(await newestOf(one)).toBe(before + 1n);
    }
  });

  it("gets the first answer even if that changed nothing, and even if it would fail by now", async () => {
    const client = bed.as(newUser());
    const { id } = await createTask(client);
    const requestId = newRequestId();
    const first = await client.reopenTask({ id, requestId });
    await client.completeTask({ id });
    expect(await client.reopenTask({ id, requestId })).toEqual(first);
    await client.deleteTask({ id });
    expect(await client.reopenTask({ id, requestId })).toEqual(first);
    expect(await reasonOfFailure(client.reopenTask({ id, requestId: newRequestId() }))).toBe("TASK_DELETED");
  });

  it("that made a part of a task is answered even if that task is in the trash by now", async () => {
    const client = bed.as(newUser());
    const parent = await createTask(client);
    const request = { title: "x", subtaskOf: parent.id, requestId: newRequestId() };
    const first = await client.createTask(request);
    await client.deleteTask({ id: parent.id });
    expect(await client.createTask(request)).toEqual(first);
  });

  it("is refused with another payload", async () => {
    const client = bed.as(newUser());
    const requestId = newRequestId();
    await client.createTask({ title: "x", requestId });
    const error = await failureOf(client.createTask({ title: "y", requestId }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(await reasonOfFailure(client.createTask({ title: "y", requestId }))).toBe("REQUEST_ID_REUSED");
    expect(await newestOf(client)).toBe(1n);
  });

  it("is another call for another user", async () => {
    const [anna, ben] = [bed.as(newUser()), bed.as(newUser())];
    const requestId = newRequestId();
    const { task } = await anna.createTask({ title: "x", requestId });
    expect((await ben.createTask({ title: "x", requestId })).task?.id).not.toBe(required(task).id);
  });

  it("is a first call if the one before failed", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    const requestId = newRequestId();
    const id = newUser();
    expect(await reasonOfFailure(client.completeTask({ id, requestId }))).toBe("TASK_NOT_FOUND");
    expect(await count(bed.admin, "answer", userId)).toBe(0);
    const { id: made } = await createTask(client);
    expect((await client.completeTask({ id: made, requestId })).userSeq).toBe(2n);
  });

  it("is a new call without a request_id", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    const [one, two] = [await client.createTask({ title: "x" }), await client.createTask({ title: "x" })];
    expect(one.task?.id).not.toBe(two.task?.id);
    expect(await count(bed.admin, "answer", userId)).toBe(0);
  });

  it("waits for its twin, but not for ever", async () => {
    const userId = newUser();
    const client = bed.as(userId);
    await createTask(client);
    const requestId = newRequestId();
    const hurried = bed.as(userId, {}, await bed.startAnother({ writeWaitMs: 300 }));
    const call = (by = client) => by.createTask({ title: "x", requestId });
    const holder = await bed.admin.connect();
    try {
      await holder.query("begin");
      await holder.query("select from task.user_counter where user_id = $1 for update", [userId]);
      const errors = await Promise.all([failureOf(call(hurried)), failureOf(call(hurried))]);
      expect(errors.map(({ code }) => code)).toEqual([Code.Aborted, Code.Aborted]);
      expect(await reasonOfFailure(call(hurried))).toBe("REQUEST_IN_FLIGHT");
      const [one, two] = [call(), call()];
      await until(async () => (await waiting()) > 0);
      await holder.query("commit");
      expect(await one).toEqual(await two);
    } finally {
      await holder.query("rollback");
      holder.release();
    }
    expect(await newestOf(client)).toBe(2n);
  });
});

/** How many statements of the service wait for a lock. */
async function waiting(): Promise<number> {
  const { rows } = await bed.admin.query(
    `select count(*)::int as n from pg_stat_activity
     where wait_event_type = 'Lock' and usename = 'todo_task' and datname = current_database()`,
  );
  return rows[0].n;
}

describe("a request_id that is used for another method", () => {
  /** What else may be asked, on a task that lets each do something. */
  const others: Record<string, (user: Repeating, o: { id: string; requestId: string }) => Promise<unknown>> =
    {
      createTask: ({ client }, { requestId }) => client.createTask({ title: "x", requestId }),
      updateTask: ({ client }, o) =>
        client.updateTask({ ...o, updateMask: { paths: ["title"] }, title: "y" }),
      completeTask: ({ client }, o) => client.completeTask(o),
      deleteTask: ({ client }, o) => client.deleteTask(o),
      batchUpdateTasks: ({ client }, { id, requestId }) =>
        client.batchUpdateTasks({
          selection: { case: "targets", value: { targets: [{ id }] } },
          action: { case: "transition", value: Transition.DELETE },
          requestId,
        }),
      renameTag: ({ client }, { requestId }) =>
        client.renameTag({ name: "home", newName: "house", requestId }),
      undo: ({ client }, { requestId }) => client.undo({ undoToken: "u1-1-1", requestId }),
      setRecurrence: ({ series }, { id: taskId, requestId }) =>
        series.setRecurrence({ taskId, recurrence: { rrule: "FREQ=DAILY" }, requestId }),
    };
  const due = { kind: { case: "allDay" as const, value: "2026-03-02" } };

  it.each(Object.keys(others))("is refused, and nothing happens: %s", async (name) => {
    const user = repeating(bed, newUser());
    const { id } = await createTask(user.client, { tags: ["home"], due });
    const requestId = newRequestId();
    await user.client.restoreTask({ id, requestId });
    const before = await newestOf(user.client);
    const call = () => required(others[name])(user, { id, requestId });
    const error = await failureOf(call());
    expect([error.code, reasonOf(error)]).toEqual([Code.InvalidArgument, "REQUEST_ID_REUSED"]);
    expect(await newestOf(user.client)).toBe(before);
  });

  it("is good for the one that came first where they come at the same time, over one process or two", async () => {
    const other = await bed.startAnother();
    for (const second of [bed.app, other]) {
      const userId = newUser();
      const [one, two] = [bed.as(userId), bed.as(userId, {}, second)];
      const { id } = await createTask(one);
      const requestId = newRequestId();
      const before = await newestOf(one);
      const calls = await Promise.allSettled([
        one.completeTask({ id, requestId }),
        two.deleteTask({ id, requestId }),
        one.createTask({ title: "x", requestId }),
      ]);
      const refused = calls.flatMap((call) => (call.status === "rejected" ? [reasonOf(call.reason)] : []));
      expect(refused).toEqual(["REQUEST_ID_REUSED", "REQUEST_ID_REUSED"]);
      expect(await newestOf(one)).toBe(before + 1n);
    }
  });
});

describe("stored answers", () => {
  it("go after 24 hours, and no earlier", async () => {
    await using own = await startBed({ answerSweepMs: 100 });
    const userId = newUser();
    const client = own.as(userId);
    const request = { title: "x", requestId: newRequestId() };
    const first = await client.createTask(request);
    own.clock.advance(23 * 3_600_000);
    const later = { title: "y", requestId: newRequestId() };
    const second = await client.createTask(later);
    expect(await client.createTask(request)).toEqual(first);
    own.clock.advance(2 * 3_600_000);
    await until(async () => (await count(own.admin, "answer", userId)) === 1);
    expect((await client.createTask(request)).task?.id).not.toBe(first.task?.id);
    expect(await client.createTask(later)).toEqual(second);
  });
});
