import { Code } from "@connectrpc/connect";
import type { RunningApp } from "@todo/kit/running-app";
import {
  TaskService,
  BatchUpdateTasksRequest_Transition as Transition,
} from "@todo/proto/todo/task/v1/task_service";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  allPages,
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

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

/** What was published about accesses of a user. */
const refusalsOf = (userId: string) =>
  bed.publisher.events("task.audit").filter((event) => event["userid"] === userId);

/** Ends a process, which notes what it was asked for before it goes, and waits until all of that is published. */
async function ended(process: RunningApp): Promise<void> {
  await process[Symbol.asyncDispose]();
  await required(bed.app.relay).drained();
}

const byId = {
  getTask: (client, id) => client.getTask({ id }),
  updateTask: (client, id) => client.updateTask({ id, updateMask: { paths: ["title"] }, title: "mine" }),
  completeTask: (client, id) => client.completeTask({ id }),
  reopenTask: (client, id) => client.reopenTask({ id }),
  deleteTask: (client, id) => client.deleteTask({ id }),
  restoreTask: (client, id) => client.restoreTask({ id }),
  listTaskHistory: (client, id) => client.listTaskHistory({ id }),
  explainUrgency: (client, id) => client.explainUrgency({ ids: [id] }),
  batchUpdateTasks: (client, id) =>
    client.batchUpdateTasks({
      selection: { case: "targets", value: { targets: [{ id }] } },
      action: { case: "transition", value: Transition.DELETE },
    }),
} satisfies Record<string, (client: TaskClient, id: string) => Promise<unknown>>;
const byParent = {
  createTask: (client, id) => client.createTask({ title: "x", subtaskOf: id }),
} satisfies Record<string, (client: TaskClient, id: string) => Promise<unknown>>;
const listLike = {
  listTasks: async (client) => (await client.listTasks({})).tasks,
  listChanges: async (client) => (await client.listChanges({})).changes,
  listTags: async (client) => (await client.listTags({})).tags.filter(({ predefined }) => !predefined),
} satisfies Record<string, (client: TaskClient) => Promise<unknown[]>>;
const internal = ["scanTasks"];
/** They reach the caller's own changes and tags alone: undo.test.ts, tags.test.ts and renaming.test.ts show it. */
const byOwnName = ["undo", "renameTag"];

describe("a task of somebody else", () => {
  it("is tried with every method there is", () => {
    const tried = [byId, byParent, listLike].flatMap((table) => Object.keys(table));
    expect([...tried, ...internal, ...byOwnName].sort()).toEqual(
      TaskService.methods.map(({ localName }) => localName).sort(),
    );
  });

  it.each(Object.entries(byId))("is not found, and one fact says who asked: %s", async (name, call) => {
    const [owner, stranger] = [newUser(), newUser()];
    const task = await createTask(bed.as(owner));
    const requestId = newRequestId();
    const error = await failureOf(call(bed.as(stranger, { requestId }), task.id));
    expect(error.code).toBe(Code.NotFound);
    expect(await reasonOfFailure(call(bed.as(newUser()), newUser()))).toBe("TASK_NOT_FOUND");
    await until(() => refusalsOf(stranger).length > 0);
    expect(refusalsOf(stranger)).toHaveLength(1);
    expect(refusalsOf(stranger)[0]).toMatchObject({
      type: "todo.audit.v1.AccessRefused",
      subject: task.id,
      data: {
        userId: stranger,
        method: `todo.task.v1.TaskService/${TaskService.methods.find((m) => m.localName === name)?.name}`,
        reason: "TASK_NOT_FOUND",
        subject: task.id,
        requestId,
      },
    });
    const record = bed.publisher.records.find(({ key, topic }) => topic === "task.audit" && key === stranger);
    expect(record).toBeDefined();
    expect((await bed.as(owner).getTask({ id: task.id })).task).toEqual(task);
    expect(await count(bed.admin, "feed", stranger)).toBe(0);
  });

  it.each(Object.entries(byParent))("can hold no part of one's own: %s", async (_, call) => {
    const [owner, stranger] = [newUser(), newUser()];
    const task = await createTask(bed.as(owner));
    expect(await reasonOfFailure(call(bed.as(stranger), task.id))).toBe("PARENT_INVALID");
    await until(() => refusalsOf(stranger).length > 0);
    expect(refusalsOf(stranger)[0]).toMatchObject({ data: { reason: "PARENT_INVALID", subject: task.id } });
  });

  it.each(Object.entries(listLike))("is in no list: %s", async (_, call) => {
    const [owner, stranger] = [newUser(), newUser()];
    const task = await createTask(bed.as(owner), { tags: ["secret"] });
    expect(await call(bed.as(owner))).not.toEqual([]);
    expect(await call(bed.as(stranger))).toEqual([]);
    expect(await allPages(bed.as(stranger), { filter: { subtaskOf: task.id } })).toEqual([]);
  });

  it("cannot be told from one that is not there", async () => {
    const task = await createTask(bed.as(newUser()));
    const stranger = bed.as(newUser());
    for (const call of Object.values(byId)) {
      const missing = newUser();
      const [theirs, nobodys] = [
        await failureOf(call(stranger, task.id)),
        await failureOf(call(stranger, missing)),
      ];
      const shown = JSON.stringify([theirs.code, theirs.rawMessage, theirs.details.length]);
      expect(shown).toBe(JSON.stringify([nobodys.code, nobodys.rawMessage, nobodys.details.length]));
    }
  });
});

describe("the fact of a refused access", () => {
  it("is the same for somebody else's task, for an id that nobody has and for one's own purged task", async () => {
    const userId = newUser();
    const asked = await bed.startAnother({ refusalsPerMinute: 100 });
    const client = bed.as(userId, {}, asked);
    const own = await createTask(client);
    await bed.admin.query("delete from task.task where id = $1", [own.id]);
    const theirs = await createTask(bed.as(newUser()));
    for (const call of Object.values(byId)) {
      for (const id of [newUser(), own.id, theirs.id]) await failureOf(call(client, id));
    }
    await ended(asked);
    const subjects = refusalsOf(userId).map(({ subject }) => subject);
    expect(subjects).toHaveLength(3 * Object.keys(byId).length);
    const [facts] = [refusalsOf(userId).filter(({ subject }) => subject === theirs.id)];
    expect(facts).toHaveLength(Object.keys(byId).length);
    const shapeOf = (facts: unknown[]) =>
      new Set(
        facts.map((fact) =>
          Object.keys(fact as object)
            .sort()
            .join(),
        ),
      );
    expect(shapeOf(refusalsOf(userId).map(({ data }) => data)).size).toBe(1);
  });

  it("is bounded for each user and minute, and the others are counted by one", async () => {
    const asked = await bed.startAnother({ refusalsPerMinute: 3 });
    const { id } = await createTask(bed.as(newUser()));
    const [noisy, quiet] = [newUser(), newUser()];
    const ask = (userId: string) => failureOf(bed.as(userId, {}, asked).getTask({ id }));
    const published = () => [refusalsOf(noisy).length, refusalsOf(quiet).length];
    for (let n = 0; n < 8; n++) await ask(noisy);
    await ask(quiet);
    await vi.waitFor(() => expect(published()).toEqual([3, 1]), 10_000);
    bed.clock.advance(60_000);
    await ask(noisy);
    await ended(asked);
    expect(published()).toEqual([5, 1]);
    const counts = refusalsOf(noisy).map(({ data }) => (data as { count?: number }).count ?? 0);
    expect(counts.filter((count) => count > 0)).toEqual([5]);
  });
});

describe("the wall between users in the database", () => {
  const tables = ["task", "feed", "answer", "user_counter", "series", "tag_image"];

  it("stands before every table with rows of users", async () => {
    const { rows } = await bed.admin.query(
      `select c.relname, c.relrowsecurity from pg_attribute a join pg_class c on c.oid = a.attrelid
       where a.attname = 'user_id' and c.relkind = 'r' and c.relnamespace = 'task'::regnamespace`,
    );
    expect(rows.map(({ relname }) => relname).sort()).toEqual([...tables].sort());
    expect(rows.every(({ relrowsecurity }) => relrowsecurity)).toBe(true);
  });

  it("holds for a query that forgets the user", async () => {
    const [anna, ben] = [newUser(), newUser()];
    for (const userId of [anna, ben]) {
      const { task } = await bed
        .as(userId)
        .createTask({ title: "x", tags: ["a"], requestId: newRequestId() });
      await bed.as(userId).renameTag({ name: "a", newName: "b" });
      const recurrence = { rrule: "FREQ=DAILY" };
      await bed.seriesOf(userId).setRecurrence({ taskId: required(task).id, recurrence });
    }
    const connection = await bed.service.connect();
    try {
      await connection.query("begin");
      await connection.query("select set_config('app.user_id', $1, true)", [anna]);
      for (const table of tables) {
        const { rows } = await connection.query(`select distinct user_id from ${table}`);
        expect(rows, table).toEqual([{ user_id: anna }]);
      }
      expect((await connection.query("update task set title = 'x' where user_id = $1", [ben])).rowCount).toBe(
        0,
      );
      const foreign = connection.query(
        "insert into feed (user_id, user_seq, type, task_id, time, changed_fields) values ($1, 9, 'x', $1, now(), '{}')",
        [ben],
      );
      await expect(foreign).rejects.toMatchObject({ code: "42501" });
    } finally {
      await connection.query("rollback");
      connection.release();
    }
  });

  it("shows nothing to a connection that names no user, and forgets the user with the statement", async () => {
    const userId = newUser();
    await createTask(bed.as(userId));
    const connection = await bed.service.connect();
    try {
      await connection.query("select set_config('app.user_id', $1, true)", [userId]);
      for (const table of tables) {
        expect((await connection.query(`select from ${table}`)).rowCount, table).toBe(0);
      }
    } finally {
      connection.release();
    }
  });

  it("cannot be taken down by the service's role", async () => {
    const attempts = [
      "alter table task disable row level security",
      "drop policy own on task",
      "delete from task",
      "delete from answer",
      "delete from tag_image",
      "update feed set type = 'x'",
      "set role postgres",
      "create table task.mine (id int)",
    ];
    for (const sql of attempts) {
      await expect(bed.service.query(sql), sql).rejects.toMatchObject({ code: "42501" });
    }
  });

  it("is looked over by a few functions, which tell no more than they must", async () => {
    const { rows } = await bed.admin.query(
      `select p.proname, p.proconfig, has_function_privilege('public', p.oid, 'execute') as open
       from pg_proc p where p.prosecdef and p.pronamespace = 'task'::regnamespace order by p.proname`,
    );
    expect(rows).toEqual(
      [
        "answer_sweep",
        "erase_rest",
        "erase_tasks",
        "erasures_pending",
        "feed_sweep",
        "forget_series",
        "series_exists_elsewhere",
        "tag_image_sweep",
        "task_dependents",
        "task_exists_elsewhere",
        "task_is_waited_for",
        "task_purge",
        "task_purgeable",
        "task_scan",
      ].map((proname) => ({
        proname,
        proconfig: expect.arrayContaining(['search_path=""']),
        open: false,
      })),
    );
    const [owner, stranger] = [newUser(), newUser()];
    const { id } = await createTask(bed.as(owner));
    const exists = async (asking: string) =>
      (await bed.service.query("select task_exists_elsewhere($1, $2) as found", [asking, id])).rows[0]?.found;
    expect([await exists(stranger), await exists(owner)]).toEqual([true, false]);
  });
});

describe("calls of many users over few connections", () => {
  it("never see a row of one another", async () => {
    const users = Array.from({ length: 8 }, newUser);
    for (const userId of users) {
      for (let n = 0; n < 3; n++) await createTask(bed.as(userId), { title: `${userId} ${n}` });
    }
    const calls = Array.from({ length: 400 }, async (_, n) => {
      const userId = required(users[n % users.length]);
      const client = bed.as(userId);
      if (n % 5 === 0) await createTask(client, { title: `${userId} more` });
      const { tasks } = await client.listTasks({ pageSize: 100 });
      expect(tasks.length).toBeGreaterThanOrEqual(3);
      for (const task of tasks) expect(task.title.startsWith(userId)).toBe(true);
    });
    await Promise.all(calls);
  });
});
