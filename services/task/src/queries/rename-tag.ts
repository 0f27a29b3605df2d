import { type Database, me, type Statement } from "#src/database.ts";

/**
 * A task that carries both names loses the old one; else the new one takes its place. What each had before is kept, to be
 * given back.
 */
const statement: Statement = {
  name: "rename-tag",
  text: `
with ${me},
old as materialized (
  select t.id, t.tags from task t, me where t.user_id = me.user_id and t.tags @> array[$2::text]
),
renamed as (
  update task t set
    tags = case when t.tags @> array[$3::text] then array_remove(t.tags, $2) else array_replace(t.tags, $2, $3) end,
    version = t.version + 1,
    field_versions = t.field_versions || jsonb_build_object('tags', t.version + 1),
    user_seq = $4,
    update_time = $5
  from old where t.id = old.id
  returning t.id, t.version, old.tags
),
kept as (
  insert into tag_image (user_id, user_seq, task_id, version, tags, time)
  select me.user_id, $4, id, version, tags, $5 from renamed cross join me
)
select count(*)::integer as count from renamed`,
};

const templateStatement: Statement = {
  name: "rename-tag-in-series",
  text: `
with ${me},
old as materialized (
  select s.id, s.tags from series s, me where s.user_id = me.user_id and s.tags @> array[$2::text]
),
renamed as (
  update series s set
    tags = case when s.tags @> array[$3::text] then array_remove(s.tags, $2) else array_replace(s.tags, $2, $3) end
  from old where s.id = old.id
  returning s.id, s.tags
)
select renamed.id, old.tags as before, renamed.tags as after from renamed join old on old.id = renamed.id`,
};

/** What the next occurrences of a series start with, before and after a tag was renamed. */
export interface RenamedTemplate {
  id: string;
  before: string[];
  after: string[];
}

/** Renames a tag for what series make from now on. Nothing is told: it is not about what there is. */
export async function renameInSeries(
  database: Database,
  o: { userId: string; name: string; newName: string },
): Promise<RenamedTemplate[]> {
  const { rows } = await database.query({ ...templateStatement, values: [o.userId, o.name, o.newName] });
  return rows as RenamedTemplate[];
}

/**
 * Renames a tag in every task of the user that carries it, in the transaction that counts it as `userSeq`. Returns how
 * many there are.
 */
export async function renameTag(
  database: Database,
  o: { userId: string; name: string; newName: string; userSeq: bigint; now: Date },
): Promise<number> {
  const values = [o.userId, o.name, o.newName, o.userSeq, o.now.toISOString()];
  const { rows } = await database.query({ ...statement, values });
  return (rows as { count: number }[])[0]?.count ?? 0;
}
