import pg from "pg";

/** A table that every statement waits for, until this is disposed of. */
export interface BlockedTable extends AsyncDisposable {
  /** How many statements wait for it now. */
  waiting(): Promise<number>;
}

/** Locks a table, such as `task.task`, as a migration or a careless hand would. */
export async function blockTable(adminUrl: string, table: string): Promise<BlockedTable> {
  await using stack = new AsyncDisposableStack();
  const open = async () => {
    const client = stack.adopt(new pg.Client({ connectionString: adminUrl }), (made) => made.end());
    await client.connect();
    return client;
  };
  // Of its own: a transaction sees the activity of its first look for ever.
  const [holder, watcher] = [await open(), await open()];
  await holder.query("begin");
  await holder.query(`lock table ${table} in access exclusive mode`);
  const owned = stack.move();
  return {
    async waiting() {
      const { rows } = await watcher.query(
        "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rows[0].n;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
