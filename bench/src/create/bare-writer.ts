import { randomUUID } from "node:crypto";
import { openPool, serviceUrl } from "@todo/kit/database";
import type { Logger } from "@todo/kit/log";
import { migrate } from "@todo/kit/migrate";
import { type OutboxRow, outboxRows } from "@todo/kit/outbox";
import { columnNames, columns, valuesOf } from "@todo/task/columns";
import { me } from "@todo/task/database";
import { created, Task } from "@todo/task/domain/task";
import { eventsOf } from "@todo/task/events";
import { contentOf, taskMessage } from "@todo/task/mapping";
import { migrations } from "@todo/task/migrations";
import { newTaskId } from "@todo/task/task-id";
import type { Call } from "#src/load/closed-loop.ts";
import { createRequest } from "./request.ts";

export interface BareWriter extends AsyncDisposable {
  readonly call: Call;
  /** Throws away what waits in the outbox, since no relay does. */
  settle(): Promise<void>;
}

/**
 * The same change without a service: one named statement by Node's `pg` puts the task into the very table of the
 * service and its two events into the outbox. It neither checks, counts, remembers nor encodes anything.
 */
export async function openBareWriter(o: {
  databaseUrl: string;
  rolePassword: string;
  /** Whose tasks the places make. */
  userIds: readonly string[];
  log: Logger;
}): Promise<BareWriter> {
  const { databaseUrl: adminUrl, rolePassword: password, log } = o;
  await migrate({ adminUrl, schema: "task", role: "todo_task", password, migrations, log });
  // As the service has it, with its role and so behind its wall.
  const url = serviceUrl(adminUrl, "todo_task", password);
  const pool = openPool({ url, schema: "task", size: 10, name: "bench" });
  const admin = openPool({ url: adminUrl, schema: "task", size: 1, name: "bench admin" });
  const { values, rows } = sample();
  const [id, streamId, userId] = [propertyAt("id"), propertyAt("streamId"), propertyAt("userId")];
  return {
    async call(place) {
      const taskId = newTaskId(new Date());
      const task = [...values];
      task[id] = task[streamId] = taskId;
      task[userId] = o.userIds[place % o.userIds.length];
      const events = rows.flatMap((row) => [randomUUID(), row.topic, taskId, row.value, row.headers]);
      await pool.query({ ...statement, values: [task[userId], ...task, ...events] });
    },
    settle: async () => void (await admin.query("truncate outbox")),
    [Symbol.asyncDispose]: async () => void (await Promise.all([pool.end(), admin.end()])),
  };
}

/** A task's values and its events, as the service would have made them. */
function sample(): { values: unknown[]; rows: OutboxRow[] } {
  const [now, userId] = [new Date(), randomUUID()];
  const task = Task.create(newTaskId(now), userId, contentOf(createRequest()), now);
  task.userSeq = 1n;
  const by = {
    principal: {
      userId,
      actor: "person",
      issuer: "gateway",
      scopes: [],
      zone: "UTC",
      locale: "en",
      requestId: "",
    },
    requestId: randomUUID(),
    time: now,
  } as const;
  const events = eventsOf(created, taskMessage(task), by);
  return { values: valuesOf(task), rows: outboxRows("task", events) };
}

function propertyAt(property: string): number {
  return columns.findIndex((column) => column.property === property);
}

const statement = (() => {
  const task = columns.map(({ type }, index) => `$${index + 2}::${type}`);
  const event = (from: number) =>
    `($${from}::uuid, $${from + 1}::text, $${from + 2}::text, $${from + 3}::bytea, $${from + 4}::jsonb)`;
  const first = columns.length + 2;
  const text = `
with ${me},
made as (
  insert into task (${columnNames}) select ${task.join(", ")} from me returning stream_id, user_seq
)
insert into outbox (id, stream_id, position, topic, key, value, headers)
select e.id, made.stream_id, made.user_seq, e.topic, e.key, e.value, e.headers
from made, (values ${event(first)}, ${event(first + 5)}) as e (id, topic, key, value, headers)`;
  return { name: "bare-create", text };
})();
