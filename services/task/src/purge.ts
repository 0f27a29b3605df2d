import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { inBatches } from "@todo/kit/periodic";
import type { Principal } from "@todo/kit/principal";
import { fieldsOf, selectTask, type TaskRow } from "./columns.ts";
import { type Database, read, type Statement } from "./database.ts";
import { Task } from "./domain/task.ts";
import type { Writer } from "./write.ts";

const purgeableStatement: Statement = {
  name: "purgeable",
  text: `select user_id as "userId", task_ids as "taskIds" from task_purgeable($1, $2)`,
};

const purgeStatement: Statement = {
  name: "purge",
  text: `select ${selectTask("t")} from task_purge($1, $2, $3) t`,
};

/** How many tasks are purged by one command. */
const size = 200;

/** What the purge is called where calls are named. */
const method = { name: "Purge", input: EmptySchema, output: EmptySchema };

/**
 * Deletes for good what lay in the trash for long enough: each task as a change of its user with TaskPurged, so that
 * everybody who knows of it forgets it too. Returns how many there were.
 */
export function purgeTrash(
  { database, write, now }: { database: Database; write: Writer; now: () => Date },
  signal: AbortSignal,
): Promise<number> {
  return inBatches({ size, maxBatches: 500, signal }, async () => {
    const values = [now().toISOString(), size];
    const due = await read<{ userId: string; taskIds: string[] }>(database, purgeableStatement, values);
    for (const { userId, taskIds } of due) await purgeOf(write, { userId, taskIds, signal });
    return due.reduce((total, { taskIds }) => total + taskIds.length, 0);
  });
}

function purgeOf(
  write: Writer,
  { userId, taskIds, signal }: { userId: string; taskIds: readonly string[]; signal: AbortSignal },
): Promise<unknown> {
  return write({
    method,
    request: Object.assign(create(EmptySchema), { requestId: "" }),
    principal: servicePrincipal(userId),
    signal,
    taskIds: [],
    blind: false,
    locked: true,
    async decide(_, { now, database }) {
      const { rows } = await database.query({
        ...purgeStatement,
        values: [userId, taskIds, now.toISOString()],
      });
      const tasks = (rows as TaskRow[]).map((row) => new Task(fieldsOf(row)));
      return { changes: tasks.map((task) => ({ task, change: task.purge(now) })), answer: () => ({}) };
    },
  });
}

/** The service itself, which no call stands behind. */
function servicePrincipal(userId: string): Principal {
  return { userId, actor: "service", issuer: "task", scopes: [], zone: "UTC", locale: "en", requestId: "" };
}
