import { type Database, me, type Statement } from "#src/database.ts";
import type { Doer } from "#src/feed.ts";
import type { Command } from "#src/undo-token.ts";
import type { RenamedTemplate } from "./rename-tag.ts";

/** Each task gets a place of its own, a row in the feed, and an image by which the same is done the other way round. */
const statement: Statement = {
  name: "restore-tags",
  text: `
with ${me},
old as materialized (
  select t.id, t.tags as held, i.tags, $4::bigint - 1 + row_number() over (order by t.id) as seq
  from me cross join lateral (
    select task_id, tags from tag_image where user_id = me.user_id and user_seq >= $2 and user_seq < $2::bigint + $3 offset 0
  ) i
  cross join lateral (select id, tags from task where user_id = me.user_id and id = i.task_id offset 0) t
),
restored as (
  update task t set
    tags = old.tags,
    version = t.version + 1,
    field_versions = t.field_versions || jsonb_build_object('tags', t.version + 1),
    user_seq = old.seq,
    update_time = $5
  from old where t.id = old.id
  returning t.id, t.version, t.user_seq as seq, old.held, old.tags
),
kept as (
  insert into tag_image (user_id, user_seq, task_id, version, tags, time)
  select me.user_id, seq, id, version, held, $5 from restored cross join me
),
listed as (
  insert into feed (user_id, user_seq, time, type, task_id, version, changed_fields, actor, app, request_id, trace_id,
    before, after)
  select me.user_id, seq, $5, $6, id, version, '{tags}', $7, $8, $9, $10,
    jsonb_build_object('tags', held) || case seq when $4 then $11::jsonb else '{}' end, jsonb_build_object('tags', tags)
  from restored cross join me
)
select count(*)::integer as count from restored`,
};

export interface RestoreTags {
  userId: string;
  command: Command;
  /** The place that the first task gets. */
  first: bigint;
  now: Date;
  /** What the changes are called. */
  type: string;
  doer: Doer;
  /** What it does to templates, the other way round. */
  templates: readonly RenamedTemplate[];
}

/**
 * Gives every task that a command gave other tags those it had before, in the transaction that counts the changes.
 * Returns how many there are.
 */
export async function restoreTags(database: Database, o: RestoreTags): Promise<number> {
  const { userId, command, first, now, type, doer, templates } = o;
  const { rows } = await database.query({
    ...statement,
    values: [
      ...[userId, command.first, command.count, first, now.toISOString(), type],
      ...[doer.actor, doer.app, doer.requestId, doer.traceId],
      JSON.stringify(templates.length === 0 ? {} : { templates }),
    ],
  });
  return (rows as { count: number }[])[0]?.count ?? 0;
}
