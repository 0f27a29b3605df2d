import { fieldsOf, selectTask, type TaskRow } from "#src/columns.ts";
import { type Database, me, read, type Statement } from "#src/database.ts";
import type { TaskFields } from "#src/domain/task.ts";
import type { Command } from "#src/undo-token.ts";
import type { RenamedTemplate } from "./rename-tag.ts";

/** The images of a range of places, as `i`. */
const ofPlaces = `(
  select * from tag_image where user_id = me.user_id and user_seq >= $2 and user_seq < $2::bigint + $3 offset 0
) i`;

const imagesStatement: Statement = {
  name: "tag-images",
  text: `
with ${me},
image as (
  select i.time, t.id, coalesce((t.field_versions->>'tags')::integer, 0) > i.version as stale
  from me cross join lateral ${ofPlaces}
  cross join lateral (select id, field_versions from task where user_id = me.user_id and id = i.task_id offset 0) t
)
select count(*)::integer as count, min(time) as time, (array_agg(id order by id) filter (where stale))[1] as stale,
  (select f.before->'templates' from me cross join lateral (
    select before from feed where user_id = me.user_id and user_seq = $2 offset 0
  ) f) as templates
from image`,
};

/** What is known of the tags that a command put others in the place of. */
export interface TagImages {
  /** Of how many tasks; those that were purged are forgotten. */
  count: number;
  /** When it was done; null where nothing is known. */
  time: Date | null;
  /** A task whose tags were changed since, if any. */
  stale: string | null;
  templates: readonly RenamedTemplate[];
}

export async function tagImages(database: Database, userId: string, command: Command): Promise<TagImages> {
  const values = [userId, command.first, command.count];
  const [row] = await read<Partial<TagImages>>(database, imagesStatement, values);
  const { count = 0, time = null, stale = null, templates } = row ?? {};
  return { count, time, stale, templates: templates ?? [] };
}

/** How many tasks are in memory at a time. */
const pageSize = 200;

const pageStatement: Statement = {
  name: "tag-image-page",
  text: `
with ${me}
select ${selectTask("t")}
from me cross join lateral (
  select user_seq, task_id from tag_image
  where user_id = me.user_id and user_seq >= $2 and user_seq < $2::bigint + $3 and (user_seq, task_id) > ($4, $5)
  order by user_seq, task_id limit ${pageSize}
) i
cross join lateral (select * from task where user_id = me.user_id and id = i.task_id offset 0) t
order by i.user_seq, i.task_id`,
};

const noTask = "00000000-0000-0000-0000-000000000000";

/** The tasks that a command of this transaction gave other tags, in the order of their places, page by page. */
export async function* retagged(
  database: Database,
  { userId, first, count }: { userId: string; first: bigint; count: number },
): AsyncGenerator<TaskFields[]> {
  let last: Pick<TaskFields, "userSeq" | "id"> | undefined = { userSeq: first, id: noTask };
  while (last !== undefined) {
    const values: unknown[] = [userId, first, count, last.userSeq, last.id];
    const page: TaskFields[] = (await read<TaskRow>(database, pageStatement, values)).map(fieldsOf);
    if (page.length > 0) yield page;
    last = page.length < pageSize ? undefined : page.at(-1);
  }
}
