import { Code } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { columns } from "#src/columns.ts";
import { TaskEntity } from "#src/domain/task-entity.ts";
import {
  type Bed,
  createTask,
  failureOf,
  newRequestId,
  newUser,
  required,
  startBed,
  until,
} from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed?.[Symbol.asyncDispose]());

const probe = async (path: string, from: Bed = bed) =>
  fetch(`http://127.0.0.1:${from.app.adminPort}${path}`).then(({ status }) => status);

describe("the task service", () => {
  it("says that it is alive, started and ready", async () => {
    for (const path of ["/health/live", "/health/startup", "/health/ready"])
      expect(await probe(path)).toBe(200);
  });

  it("stores a task in the columns that its entity names, with the types that it names", async () => {
    const { rows } = await bed.admin.query(
      `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable
       from pg_attribute a where a.attrelid = 'task.task'::regclass and a.attnum > 0 and not a.attisdropped`,
    );
    const spelled: Record<string, string> = { timestamptz: "timestamp with time zone" };
    const properties = TaskEntity.meta.properties;
    const want = columns.map(({ name, type, property }) => ({
      name,
      type: spelled[type] ?? type,
      nullable: properties[property].nullable === true,
    }));
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(rows.sort(byName)).toEqual(want.sort(byName));
  });

  it("starts again on its database and finds what was there", async () => {
    const userId = newUser();
    const task = await createTask(bed.as(userId));
    const again = await bed.startAnother();
    expect((await bed.as(userId, {}, again).getTask({ id: task.id })).task).toEqual(task);
  });

  it("is not ready and answers UNAVAILABLE while its database is away, and comes back by itself", async () => {
    await using own = await startBed();
    const client = own.as(newUser());
    const { id } = await createTask(client);
    own.network.cut();
    for (const call of [
      () => client.getTask({ id }),
      () => client.listTasks({}),
      () => client.completeTask({ id, requestId: newRequestId() }),
    ]) {
      const error = await failureOf(call());
      expect([error.code, reasonOf(error)]).toEqual([Code.Unavailable, "DEPENDENCY_UNAVAILABLE"]);
      expect(error.rawMessage).not.toMatch(/sql|select|postgres/i);
    }
    expect(await probe("/health/ready", own)).toBe(503);
    expect(await probe("/health/live", own)).toBe(200);
    own.network.mend();
    await until(async () => (await probe("/health/ready", own)) === 200);
    await until(async () => (await client.completeTask({ id }).catch(() => undefined)) !== undefined);
  });

  it("finishes what it began when it is told to stop, and takes nothing new", async () => {
    await using own = await startBed({ shutdownGraceMs: 20_000 });
    const userId = newUser();
    const client = own.as(userId);
    await createTask(client);
    const holder = await own.admin.connect();
    await holder.query("begin");
    await holder.query("select from task.user_counter where user_id = $1 for update", [userId]);
    const running = client.createTask({ title: "under way" });
    const blocked =
      "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    await until(async () => (await own.admin.query(blocked)).rowCount === 1);
    const stopped = own.app[Symbol.asyncDispose]();
    await holder.query("commit");
    holder.release();
    expect(required((await running).task).title).toBe("under way");
    await stopped;
    expect((await failureOf(client.listTasks({}))).code).toBe(Code.Unavailable);
    const { rows } = await own.admin.query("select title from task.task order by user_seq");
    expect(rows.at(-1)?.title).toBe("under way");
  });
});
