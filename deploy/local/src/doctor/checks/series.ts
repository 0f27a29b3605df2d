import { type Check, fault, unless } from "../check.ts";

/** Recurrence asks task within milliseconds, and looks every second for what is due. */
const stuckSeconds = 300;

/** Whether every series goes on. */
export const series: Check = {
  name: "series",
  async look({ rows, now }) {
    const before = new Date(now().getTime() - stuckSeconds * 1_000);
    const found = await Promise.all(
      standstills.map(async ({ sql, what, cure }) => {
        const [row] = await rows<Found>(`${countSql} from (${sql}) stalled (id)`, [before]);
        const { count = 0, first = [] } = row ?? {};
        return count === 0 ? [] : [fault(`${count} series ${what}: ${namesOf(first, count)}`, cure)];
      }),
    );
    return unless(found.flat(), "every series goes on");
  },
};

interface Found {
  count: number;
  first: string[];
}

const most = 5;

const countSql = `select count(*)::integer as count, (array_agg(id::text order by id))[1:${most}] as first`;

function namesOf(first: readonly string[], count: number): string {
  return [...first, ...(count > most ? ["..."] : [])].join(", ");
}

/** How a series comes to stand still, and what says so of those that changed before a moment. */
const standstills: readonly { sql: string; what: string; cure: string }[] = [
  {
    sql: "select series_id from recurrence.pending_advance where park_time is not null and $1::timestamptz is not null",
    what: "stand still, since task did not take their next occurrence",
    cure: "recurrence's log says why; it tries them anew every hour, and when it starts",
  },
  {
    sql: "select series_id from recurrence.pending_advance where park_time is null and create_time < $1",
    what: `wait for task for more than ${stuckSeconds} s`,
    cure: "see whether task is ready and their users have room for tasks; they go on by themselves then",
  },
  {
    sql: "select series_id from recurrence.series_state where wake_at < $1",
    what: `are due for more than ${stuckSeconds} s, and nobody looks at them`,
    cure: "see whether recurrence runs, and its log",
  },
  {
    // Active ones that go by completion, of which the latest occurrence is done and does not rest with the task above it.
    sql: `select s.id from task.series s
      join task.task t on t.user_id = s.user_id and t.series_id = s.id and t.recurrence_id = s.recurrence_id
      where s.state = 1 and s.trigger = 1 and t.status <> 1 and t.deleted_with is null and s.update_time < $1
        and not exists (select from recurrence.pending_advance p where p.series_id = s.id)`,
    what: `have waited for an occurrence for more than ${stuckSeconds} s, and recurrence does not know`,
    cure: "see outbox, lag and parked: what was told of them is still on its way to recurrence",
  },
];
