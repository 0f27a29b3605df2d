import pg from "pg";
import type { Stock } from "./side.ts";

/** Where a side keeps its tasks, and in which words. */
export interface Table {
  name: string;
  /** The columns besides `id` that differ from copy to copy, as arguments of `jsonb_build_object` over `t` and `n`. */
  differing: string;
  /** The assignments that open a task. */
  opened: string;
  /** The condition of a completed one. */
  completed: string;
}

export const serviceTable: Table = {
  name: "task.task",
  differing: "'stream_id', n.id, 'due_at', t.due_at + n.number * interval '1 day'",
  opened: "status = 1, complete_time = null",
  completed: "status = 2",
};

export const fastapiTable: Table = {
  name: "public.task",
  differing: "'due', t.due + n.number",
  opened: "status = 'OPEN', complete_time = null",
  completed: "status = 'COMPLETED'",
};

/** Opens it with the administrator's DSN. */
export function openStock(databaseUrl: string, table: Table): Stock & AsyncDisposable {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const copy = `
insert into ${table.name}
select c.*
from ${table.name} t
cross join (select uuidv7() as id, number::integer from generate_series(1, $2::integer) number) n
cross join lateral jsonb_populate_record(t, jsonb_build_object('id', n.id, ${table.differing})) c
where t.id = $1 returning id`;
  return {
    async copy(id, count) {
      const { rows } = await pool.query<{ id: string }>(copy, [id, count]);
      return rows.map((row) => row.id);
    },
    async reopen() {
      await pool.query(`update ${table.name} set ${table.opened} where ${table.completed}`);
      await pool.query(`vacuum (analyze) ${table.name}`);
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
