import { type Database, me, read, type Statement } from "#src/database.ts";

const statement: Statement = {
  name: "list-tags",
  text: `
with ${me}
select coalesce(c.seq, 0) as newest, u.name, u.count
from me
left join lateral (select seq from user_counter where user_id = me.user_id offset 0) c on true
left join lateral (
  select tag as name, count(*) filter (where t.delete_time is null)::integer as count
  from task t cross join lateral unnest(t.tags) tag where t.user_id = me.user_id group by tag
) u on true
order by u.count desc, u.name collate "C"`,
};

export interface UsedTag {
  name: string;
  /** Tasks that are not in the trash. */
  count: number;
}

/** The tags that the user's tasks carry, most used first. */
export async function listTags(
  database: Database,
  userId: string,
): Promise<{ newest: bigint; tags: UsedTag[] }> {
  const rows = await read<{ newest: string } & (UsedTag | { name: null })>(database, statement, [userId]);
  const tags = rows.flatMap((row) => (row.name === null ? [] : [{ name: row.name, count: row.count }]));
  return { newest: BigInt(rows[0]?.newest ?? 0), tags };
}
