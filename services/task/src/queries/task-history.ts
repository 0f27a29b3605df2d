import { fieldsOfImage } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import type { TaskFields } from "#src/domain/task.ts";

const before = "coalesce($3::bigint, 9223372036854775807)";

/** What became of the tags of an image by the renaming of one, whose place in the feed all its tasks share. */
const renamed = `case when i.tags @> array[f.after->>'newName'] then array_remove(i.tags, f.after->>'name')
    else array_replace(i.tags, f.after->>'name', f.after->>'newName') end`;

const statement: Statement = {
  name: "task-history",
  text: `
with ${me}
select t.id as "taskId", f.user_seq as "userSeq", f.type, f.time, f.actor, f.app, f.request_id as "requestId",
  f.trace_id as "traceId", f.before, f.after
from me
cross join lateral (select id from task where user_id = me.user_id and id = $2 offset 0) t
left join lateral (
  (select f.user_seq, f.type, f.time, f.actor, f.app, f.request_id, f.trace_id, f.before, f.after from feed f
  where f.user_id = me.user_id and f.task_id = t.id and f.user_seq < ${before}
  order by f.user_seq desc limit $4)
  union all
  (select f.user_seq, f.type, f.time, f.actor, f.app, f.request_id, f.trace_id,
    jsonb_build_object('tags', i.tags), jsonb_build_object('tags', ${renamed})
  from tag_image i join feed f on f.user_id = me.user_id and f.user_seq = i.user_seq and f.task_id is null
  where i.user_id = me.user_id and i.task_id = t.id and i.user_seq < ${before}
  order by i.user_seq desc limit $4)
  order by user_seq desc limit $4
) f on true
order by f.user_seq desc`,
};

type Image = Record<string, unknown> | null;

interface Row {
  userSeq: string | null;
  type: string;
  time: Date;
  actor: HistoryRow["actor"];
  app: string | null;
  requestId: string | null;
  traceId: string | null;
  before: Image;
  after: Image;
}

/** A change of a task, with the properties that it changed. */
export interface HistoryRow {
  userSeq: bigint;
  type: string;
  time: Date;
  /** Null for changes made before it was remembered. */
  actor: "person" | "agent" | "service" | null;
  app: string;
  requestId: string;
  traceId: string;
  before: Partial<TaskFields>;
  after: Partial<TaskFields>;
}

/** What happened to a task of the user, newest first; `undefined` if the user has no such task. */
export async function taskHistory(
  database: Database,
  o: { userId: string; taskId: string; before: string | null; limit: number },
): Promise<HistoryRow[] | undefined> {
  const rows = await read<Row>(database, statement, [o.userId, o.taskId, o.before, o.limit]);
  return rows.length === 0 ? undefined : rows.flatMap(rowOf);
}

function rowOf({ userSeq, app, requestId, traceId, before, after, ...rest }: Row): HistoryRow[] {
  if (userSeq === null) return [];
  return [
    {
      ...rest,
      userSeq: BigInt(userSeq),
      app: app ?? "",
      requestId: requestId ?? "",
      traceId: traceId ?? "",
      before: fieldsOfImage(before ?? {}),
      after: fieldsOfImage(after ?? {}),
    },
  ];
}
