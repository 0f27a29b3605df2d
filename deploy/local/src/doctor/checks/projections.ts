import { setTimeout as sleep } from "node:timers/promises";
import { type Check, type Finding, fault, unless } from "../check.ts";
import type { Reach } from "../reach.ts";

/** How long an event gets to arrive that is between the broker and its consumer. */
const patienceMs = 5_000;

/** Whether what services know by events agrees with those who sent them: recurrence of series, everybody of erasures. */
export const projections: Check = {
  name: "projections",
  async look(system) {
    const found = await Promise.all(agreements.map((agreement) => disagreementOf(system, agreement)));
    return unless(found.flat(), "services know what they were told");
  },
};

interface Agreement {
  /** Counts what does not agree. */
  readonly sql: string;
  readonly what: string;
}

const agreements: readonly Agreement[] = [
  {
    // An active one is known in the version that it has. One of a user who is erased is on its way out.
    sql: `select count(*)::integer as count from task.series s
      join task.user_counter u on u.user_id = s.user_id and u.erase_time is null
      left join recurrence.series_state r on r.series_id = s.id
      where s.state = 1 and (r.version is distinct from s.version or not r.active)`,
    what: "active series are not known to recurrence as they are",
  },
  {
    sql: `select count(*)::integer as count from task.user_counter c
      where c.erase_time is null and not exists (select from identity."user" u where u.id = c.user_id::text)`,
    what: "users are gone, and task was not told",
  },
  {
    sql: `select count(distinct s.user_id)::integer as count from recurrence.series_state s
      where not exists (select from identity."user" u where u.id = s.user_id::text)`,
    what: "users are gone, and recurrence still has series of theirs",
  },
  {
    // The entries of nobody have a key too.
    sql: `select count(*)::integer as count from audit.user_key k
      where k.wrapped is not null and k.user_id <> '00000000-0000-0000-0000-000000000000' and not exists (select from identity."user" u where u.id = k.user_id::text)`,
    what: "users are gone, and audit can still read their entries",
  },
];

async function disagreementOf({ rows }: Reach, { sql, what }: Agreement): Promise<Finding[]> {
  const count = async () => (await rows<{ count: number }>(sql))[0]?.count ?? 0;
  const deadline = performance.now() + patienceMs;
  let found = await count();
  while (found > 0 && performance.now() < deadline) {
    await sleep(500);
    found = await count();
  }
  const cure = "see outbox, lag and parked: what tells of it is still on its way, or a redrive repeats it";
  return found === 0 ? [] : [fault(`${found} ${what}`, cure)];
}
