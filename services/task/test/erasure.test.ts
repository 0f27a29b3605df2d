import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ConnectError } from "@connectrpc/connect";
import { encodeCloudEvent } from "@todo/kit/cloud-event";
import { kyselyOn } from "@todo/kit/database";
import type { IncomingRecord } from "@todo/kit/event";
import type { RunningApp } from "@todo/kit/running-app";
import { UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sweepErasures } from "#src/erasure-sweep.ts";
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
import { manyTasks } from "./many-tasks.ts";

let bed: Bed;
let ada: string;
beforeAll(async () => {
  bed = await startBed({ erasureSweepMs: 3_600_000 });
});
afterAll(() => bed?.[Symbol.asyncDispose]());
beforeEach(() => {
  ada = newUser();
});

/** The record as the relay of identity writes it. */
function userErased(userId: string): IncomingRecord {
  const time = bed.clock.now();
  const attributes = { id: randomUUID(), source: "identity", subject: userId, time, userId, sequence: 2n };
  const message = create(UserErasedSchema, { userId, time: timestampFromDate(time) });
  const { value, headers } = encodeCloudEvent(UserErasedSchema, message, {
    ...attributes,
    traceparent: undefined,
  });
  return { topic: "user.events", partition: 0, offset: 0n, key: userId, value, headers };
}

const deliver = (record: IncomingRecord, app: RunningApp = bed.app) =>
  required(app.subscriber).deliver(record);

const sweep = () =>
  sweepErasures(
    {
      database: kyselyOn(bed.service),
      now: bed.clock.now,
      outboxFull: () => false,
      recorded: () => bed.app.relay?.kick(),
    },
    new AbortController().signal,
  );

/** How many rows every table has of a user. */
async function rowsOf(userId: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of await tablesOfUsers()) found[table] = await count(bed.admin, table, userId);
  return found;
}

async function tablesOfUsers(): Promise<string[]> {
  const { rows } = await bed.admin.query(
    `select c.table_name as name from information_schema.columns c join information_schema.tables t
       using (table_schema, table_name)
     where c.table_schema = 'task' and c.column_name = 'user_id' and t.table_type = 'BASE TABLE'
     order by c.table_name`,
  );
  return rows.map(({ name }) => String(name));
}

const nothingBut = { user_counter: 1 };
const expectErased = async (userId: string) => {
  const left = Object.entries(await rowsOf(userId)).filter(([, rows]) => rows > 0);
  expect(Object.fromEntries(left)).toEqual(nothingBut);
};

async function tombstonesOf(ids: readonly string[]): Promise<string[]> {
  await bed.app.relay?.drained();
  const ofState = bed.publisher.records.filter(
    ({ topic, key }) => topic === "task.state" && ids.includes(key),
  );
  return ids.filter((id) => ofState.findLast(({ key }) => key === id)?.value === null);
}

describe("the erasure of a user", () => {
  it("leaves nothing but a counter that names nobody, and a tombstone for each task [R053]", async () => {
    const client = bed.as(ada);
    const { id } = await createTask(client, { title: "Secret", requestId: newRequestId() });
    const trashed = await createTask(client);
    await client.deleteTask({ id: trashed.id });
    await client.completeTask({ id });
    expect(await deliver(userErased(ada))).toBe("SUCCESS");
    await expectErased(ada);
    expect(await tombstonesOf([id, trashed.id])).toEqual([id, trashed.id]);
    expect((await client.listTasks({})).tasks).toEqual([]);
    expect(await reasonOfFailure(client.getTask({ id }))).toBe("TASK_NOT_FOUND");
  });

  it("reaches every table: each says whose its rows are, but for those of what comes and goes", async () => {
    const { rows } = await bed.admin.query(
      "select table_name as name from information_schema.tables where table_schema = 'task' and table_type = 'BASE TABLE'",
    );
    const passing = ["outbox", "inbox", "applied", "parked", "migration"];
    expect(rows.map(({ name }) => String(name)).sort()).toEqual(
      [...passing, ...(await tablesOfUsers())].sort(),
    );
  });

  it("cannot be done to a user who was not erased", async () => {
    const { id } = await createTask(bed.as(ada), { requestId: newRequestId() });
    const before = await rowsOf(ada);
    await bed.service.query("select erase_tasks($1, 10), erase_rest($1, 10)", [ada]);
    expect(await rowsOf(ada)).toEqual(before);
    expect((await bed.as(ada).getTask({ id })).task?.id).toBe(id);
  });

  it("touches nobody else, and may be delivered again", async () => {
    const bob = newUser();
    const kept = await createTask(bed.as(bob), { requestId: newRequestId() });
    const before = await rowsOf(bob);
    const record = userErased(ada);
    expect([await deliver(record), await deliver(record), await deliver(userErased(ada))]).toEqual(
      Array(3).fill("SUCCESS"),
    );
    expect(await rowsOf(bob)).toEqual(before);
    expect((await bed.as(bob).getTask({ id: kept.id })).task).toEqual(kept);
    expect(await tombstonesOf([kept.id])).toEqual([]);
  });

  it("of a user without tasks refuses later writes too", async () => {
    await deliver(userErased(ada));
    expect(await reasonOfFailure(createTask(bed.as(ada)))).toBe("ACCOUNT_ERASED");
    await expectErased(ada);
  });

  it("puts the tombstone behind what of the task still waits for the broker", async () => {
    const opened = Promise.withResolvers<void>();
    bed.publisher.before = () => opened.promise;
    const { id } = await createTask(bed.as(ada));
    await bed.as(ada).completeTask({ id });
    await deliver(userErased(ada));
    bed.publisher.before = () => {};
    opened.resolve();
    await bed.app.relay?.drained();
    const states = bed.publisher.records.filter(({ topic, key }) => topic === "task.state" && key === id);
    expect(states.map(({ value }) => value === null)).toEqual([false, false, true]);
  });
});

/** Writes one task after the other, and answers what the first one is refused with. */
async function refusalOf(client: TaskClient): Promise<string | undefined> {
  for (let made = 0; made < 1_000; made++) {
    const call = client.createTask({ title: "x", requestId: newRequestId() });
    const refusal = await call.then(
      () => undefined,
      ({ rawMessage }: ConnectError) => rawMessage,
    );
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

describe("writes that meet the erasure of their user", () => {
  it("are refused afterwards, also by a process that knew the user's newest change", async () => {
    const client = bed.as(ada);
    const { id } = await createTask(client);
    const another = bed.as(ada, {}, await bed.startAnother({ erasureSweepMs: 3_600_000 }));
    await another.getTask({ id });
    await deliver(userErased(ada));
    for (const by of [client, another]) {
      const error = await failureOf(by.createTask({ title: "x" }));
      expect([error.rawMessage, error.code]).toEqual(["the account was erased", 9]);
    }
    expect(await reasonOfFailure(client.completeTask({ id }))).toBe("TASK_NOT_FOUND");
    await expectErased(ada);
  });

  it("bring nothing back, whichever comes first", async () => {
    const clients = [bed.as(ada), bed.as(ada, {}, await bed.startAnother({ erasureSweepMs: 3_600_000 }))];
    for (const client of clients) await createTask(client);
    const writers = Array.from({ length: 8 }, (_, n) => refusalOf(required(clients[n % 2])));
    const [outcome, ...refusals] = await Promise.all([deliver(userErased(ada)), ...writers]);
    expect([outcome, new Set(refusals)]).toEqual(["SUCCESS", new Set(["the account was erased"])]);
    await expectErased(ada);
    await bed.app.relay?.drained();
    const states = bed.publisher.records.filter(({ topic }) => topic === "task.state");
    const last = new Map(states.map(({ key, value }) => [key, value]));
    const alive = [...last.values()].filter((value) => value?.toString().includes(ada));
    expect(alive).toEqual([]);
  });

  it("leave nothing that the sweep does not find, until none can be under way", async () => {
    await deliver(userErased(ada));
    await sweep();
    await bed.admin.query(
      `insert into task.answer (user_id, method, request_id, request_hash, response, create_time)
       values ($1, 'UpdateTask', 'late', 'x', 'x', now())`,
      [ada],
    );
    await sweep();
    await expectErased(ada);
    const done = async () =>
      (await bed.admin.query("select erase_done_time from task.user_counter where user_id = $1", [ada]))
        .rows[0];
    expect(await done()).toEqual({ erase_done_time: null });
    bed.clock.advance(11 * 60 * 1_000);
    await sweep();
    expect(await done()).toEqual({ erase_done_time: bed.clock.now() });
  });
});

describe("the erasure of a user with very many tasks", () => {
  it("does not keep the trash of others from being emptied meanwhile", async () => {
    const bob = newUser();
    const { id } = await createTask(bed.as(bob));
    await bed.as(bob).deleteTask({ id });
    await manyTasks(bed, ada, { count: 1_700 });
    await bed.admin.query("update task.task set delete_time = $2, purge_time = $2 where user_id = $1", [
      ada,
      bed.clock.now(),
    ]);
    await deliver(userErased(ada));
    bed.clock.advance(31 * 24 * 3_600_000);
    await using _emptying = await bed.startAnother({ purgeMs: 100, erasureSweepMs: 3_600_000 });
    await until(async () => (await count(bed.admin, "task", bob)) === 0);
    expect(await count(bed.admin, "task", ada)).toBe(1_200);
  });

  it("goes on in small steps, which a stop ends, over a restart, and waits while the outbox is full", async () => {
    // Those of other tests are done.
    bed.clock.advance(11 * 60 * 1_000);
    await sweep();
    await manyTasks(bed, ada, { count: 1_700 });
    await deliver(userErased(ada));
    expect(await count(bed.admin, "task", ada)).toBe(1_200);
    expect(await reasonOfFailure(createTask(bed.as(ada)))).toBe("ACCOUNT_ERASED");
    const deps = { database: kyselyOn(bed.service), now: bed.clock.now, recorded: () => {} };
    await sweepErasures({ ...deps, outboxFull: () => true }, new AbortController().signal);
    expect(await count(bed.admin, "task", ada)).toBe(1_200);
    const stop = new AbortController();
    const stopping = { ...deps, outboxFull: () => false, recorded: () => stop.abort() };
    await sweepErasures(stopping, stop.signal);
    expect(await count(bed.admin, "task", ada)).toBe(700);
    await using _sweeping = await bed.startAnother({ erasureSweepMs: 100 });
    await until(async () => (await count(bed.admin, "task", ada)) === 0);
    await expectErased(ada);
  });
});
