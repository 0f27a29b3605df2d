import { openPool } from "@todo/kit/database";
import { ListTasksRequest_Order as Order } from "@todo/proto/todo/task/v1/task_service";
import { selectTask } from "@todo/task/columns";
import { sortKeysOf } from "@todo/task/queries/list-order";

/** The same reads without a service: one named statement each, by Node's `pg`, of the very same rows. */
export interface BareReader extends AsyncDisposable {
  get(userId: string, id: string): Promise<unknown[]>;
  /** The first tasks by priority. */
  list(userId: string, size: number): Promise<unknown[]>;
}

const sorted = sortKeysOf(Order.PRIORITY)
  .map(({ sql, direction }) => `${sql} ${direction}`)
  .join(", ");
const statements = {
  get: {
    name: "bare-get",
    text: `select ${selectTask("t")} from task t where t.user_id = $1 and t.id = $2`,
  },
  list: {
    name: "bare-list",
    text: `select ${selectTask("t")} from task t where t.user_id = $1 and t.delete_time is null order by ${sorted} limit $2`,
  },
};

/** Reads as the administrator, whom no row-level security slows down. */
export function openBareReader(databaseUrl: string): BareReader {
  const pool = openPool({ url: databaseUrl, schema: "task", size: 10, name: "bench" });
  return {
    get: async (userId, id) => (await pool.query({ ...statements.get, values: [userId, id] })).rows,
    list: async (userId, size) => (await pool.query({ ...statements.list, values: [userId, size] })).rows,
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
