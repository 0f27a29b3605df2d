import { type Check, type Finding, fault, unless, warning } from "../check.ts";

/** Whether Postgres has connections left, and nobody holds on to a transaction. */
export const connections: Check = {
  name: "connections",
  async look({ rows }) {
    const [row] = await rows<{ used: number; most: number; idle: number; blocked: number }>(`
      select count(*) filter (where backend_type = 'client backend')::integer as used,
        (current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer) as most,
        count(*) filter (where state like 'idle in transaction%' and state_change < now() - interval '60 s')::integer as idle,
        count(*) filter (where wait_event_type = 'Lock' and state_change < now() - interval '30 s')::integer as blocked
      from pg_stat_activity`);
    const { used = 0, most = 0, idle = 0, blocked = 0 } = row ?? {};
    const found: Finding[] = [];
    const full = `${used} of ${most} connections of Postgres are in use`;
    const fewer = "lower DATABASE_POOL_SIZE or raise max_connections";
    if (used > most * 0.95) found.push(fault(full, fewer));
    else if (used > most * 0.8) found.push(warning(full, fewer));
    if (idle > 0)
      found.push(
        warning(
          `${idle} transactions have been left open for a minute`,
          "see pg_stat_activity for who holds them",
        ),
      );
    if (blocked > 0)
      found.push(
        warning(
          `${blocked} statements have waited for a lock for 30 s`,
          "see pg_blocking_pids for whom they wait",
        ),
      );
    return unless(found, full);
  },
};
