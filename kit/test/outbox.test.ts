import { createRegistry } from "@bufbuild/protobuf";
import { decodeEvent, parseCloudEvent } from "@todo/kit/cloud-event";
import { record } from "@todo/kit/outbox";
import { UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { TaskStateSchema } from "@todo/proto/todo/task/v1/task_event";
import { afterAll, beforeAll, expect, it } from "vitest";
import { anEvent, type EventBed, eventBed, recordAll } from "./event-bed.ts";

let bed: EventBed;
beforeAll(async () => {
  bed = await eventBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const registry = createRegistry(UserErasedSchema);

it("records an event if and only if the transaction that makes it true commits [R059]", async () => {
  const failing = bed.database.transaction().execute(async (tx) => {
    await record(tx, "audit", [anEvent("rolled-back", 1)]);
    throw new Error("the change failed");
  });
  await expect(failing).rejects.toThrow("the change failed");
  await recordAll(bed.database, [anEvent("committed", 1), anEvent("committed", 2)]);

  const { rows } = await bed.pool.query(
    `select stream_id, position::int, shard between 0 and 63 as sharded, attempts from outbox
     where stream_id in ('rolled-back', 'committed') order by seq`,
  );
  expect(rows).toEqual([
    { stream_id: "committed", position: 1, sharded: true, attempts: 0 },
    { stream_id: "committed", position: 2, sharded: true, attempts: 0 },
  ]);
});

it("refuses a message that breaks its own rules, and all that came with it", async () => {
  const broken = {
    ...anEvent("refused", 2),
    message: { ...anEvent("refused", 2).message, userId: "" } as never,
  };
  await expect(recordAll(bed.database, [anEvent("refused", 1), broken])).rejects.toThrow(/user_id/);
  const { rows } = await bed.pool.query("select 1 from outbox where stream_id = 'refused'");
  expect(rows).toEqual([]);
});

it("records a tombstone as a record without a value", async () => {
  const { message: _, ...event } = anEvent("purged", 1, "task.state");
  await recordAll(bed.database, [{ ...event, message: null, desc: TaskStateSchema }]);
  const { rows } = await bed.pool.query("select value, headers from outbox where stream_id = 'purged'");
  expect(rows).toMatchObject([{ value: null, headers: { ce_type: "todo.task.v1.TaskState" } }]);
  expect(rows[0].headers).not.toHaveProperty("content-type");
});

it("makes the same envelope from a trigger as from code", async () => {
  const event = { ...anEvent("0198c0de-0000-7000-8000-000000000001", 7), position: 7n };
  await recordAll(bed.database, [event]);
  const { rows: made } = await bed.pool.query(
    `select outbox_event(type => 'todo.identity.v1.UserErased', topic => 'user.events', key => $1, stream_id => $1,
       subject => $1, user_id => $1, "position" => 7, data => jsonb_build_object('userId', $1::text,
       'time', to_char($2::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) as id`,
    [event.key, event.time],
  );
  const { rows } = await bed.pool.query(
    "select id, topic, key, stream_id, position, shard, value, headers from outbox where stream_id = $1 order by seq",
    [event.streamId],
  );
  const [code, trigger] = rows;
  expect(trigger.id).toBe(made[0].id);
  const [ofCode, ofTrigger] = [code, trigger].map(({ value }) => JSON.parse(value.toString()));
  expect(Object.keys(ofTrigger).sort()).toEqual(Object.keys(ofCode).sort());
  expect(ofTrigger).toEqual({
    ...ofCode,
    id: trigger.id,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/),
  });
  // What a trigger records are single acts of a user, which need no share in the relay.
  const { ce_userid: _, ...further } = code.headers;
  expect(Object.keys(trigger.headers).sort()).toEqual(Object.keys(further).sort());
  expect(trigger.headers).toMatchObject({
    ce_id: trigger.id,
    ce_time: ofTrigger.time,
    ce_type: code.headers.ce_type,
  });
  const decoded = decodeEvent(
    parseCloudEvent(trigger.value),
    { ...trigger, partition: 0, offset: 0n },
    registry,
  );
  expect(decoded).toMatchObject({
    type: "todo.identity.v1.UserErased",
    userId: event.key,
    source: "/services/audit",
  });
});
