import { setTimeout as sleep } from "node:timers/promises";
import { type Check, fault, ok, warning } from "../check.ts";
import type { Reach } from "../reach.ts";

/** How long an event gets to arrive that nobody can see waiting: it is between the broker and the log. */
const patienceMs = 5_000;

/** Whether every change of a task has one entry in the audit log, or its event waits in the outbox or on the topic. */
export const recordings: Check = {
  name: "audit log",
  async look(system) {
    const deadline = performance.now() + patienceMs;
    let { missing, doubled } = await compare(system);
    while (missing + doubled > 0 && performance.now() < deadline) {
      await sleep(500);
      ({ missing, doubled } = await compare(system));
    }
    const cure =
      "find the users by comparing task.feed with audit.entry; a redrive of the topic repeats the events";
    if (doubled > 0) return [fault(`${doubled} changes have more than one entry`, cure)];
    if (missing === 0) return [ok("every change has its entry, or its event waits")];
    const [behind] = await system.lagOf("audit", ["task.events"]);
    return (behind?.lag ?? 0n) >= BigInt(missing)
      ? [warning(`${missing} changes have no entry yet: their events wait on the topic`, "see lag")]
      : [fault(`${missing} changes have no entry in the audit log, and no event on its way`, cure)];
  },
};

async function compare({ rows }: Reach): Promise<{ missing: number; doubled: number }> {
  const [row] = await rows<{ missing: number; doubled: number }>(compareSql);
  return row ?? { missing: 0, doubled: 0 };
}

/**
 * Counted by user, subject and type of event, since a change does not know its event's id. What waits in the outbox or is
 * parked counts as on its way. All is seen at one moment: what is nowhere then has left the outbox and not arrived yet.
 * The feed forgets what is old, so only one that is whole can tell of too many entries.
 */
const compareSql = `
with change as (
  select user_id, coalesce(task_id, user_id)::text as subject, type, count(*) as made
  from task.feed join task.user_counter using (user_id) where erase_time is null group by 1, 2, 3
),
whole as (select user_id from task.feed where user_seq = 1),
waiting as (
  select headers->>'ce_subject' as subject, headers->>'ce_type' as type, count(*) as events
  from task.outbox where topic = 'task.events' group by 1, 2
),
parked as (
  select headers->>'ce_subject' as subject, type, count(*) as events
  from audit.parked where topic = 'task.events' group by 1, 2
),
entry as (
  select user_id, subject, type, count(*) as entries
  from audit.entry where source = '/services/task' and type like 'todo.task.%' group by 1, 2, 3
)
select
  coalesce(sum(greatest(0, made - coalesce(entries, 0) - coalesce(w.events, 0) - coalesce(p.events, 0))), 0)::integer as missing,
  coalesce(sum(greatest(0, coalesce(entries, 0) - made)) filter (where user_id in (select user_id from whole)), 0)::integer
    as doubled
from change left join entry using (user_id, subject, type)
  left join waiting w using (subject, type) left join parked p using (subject, type)`;
