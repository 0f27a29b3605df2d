import { type Check, fault, unless } from "../check.ts";

/** Whether each user's changes are numbered without a gap up to the user's counter, and each task has its newest. */
export const feeds: Check = {
  name: "feed",
  async look({ rows }) {
    const [gaps, strays, miscounts, users] = await Promise.all([
      rows<{ user_id: string }>(gapSql),
      rows<{ user_id: string }>(straySql),
      rows<{ user_id: string }>(countSql),
      rows<{ count: number }>("select count(*)::integer as count from task.user_counter"),
    ]);
    const cure =
      "something other than the service wrote to the tables: compare with the audit log or a backup";
    const recount = "set task_count of task.user_counter to their number";
    return unless(
      [
        ...gaps.map(({ user_id }) =>
          fault(`the feed of user ${user_id} has a gap, or does not end at the counter`, cure),
        ),
        ...strays.map(({ user_id }) =>
          fault(`tasks of user ${user_id} have a number that the feed does not`, cure),
        ),
        ...miscounts.map(({ user_id }) =>
          fault(`the counter of user ${user_id} does not have the number of its tasks`, recount),
        ),
      ],
      `the changes of ${users[0]?.count ?? 0} users have no gap`,
    );
  },
};

const most = 20;

/** The feed keeps what is younger for sure: FEED_DAYS is not below. */
const young = "interval '30 days'";

/** Erased users keep their counter and nothing else. */
const counters = "(select user_id, seq, task_count from task.user_counter where erase_time is null) counter";

const gapSql = `
with feed as (
  select user_id, user_seq, time, lead(user_seq) over (partition by user_id order by user_seq) as next from task.feed
),
ends as (select user_id, max(user_seq) as last from task.feed group by user_id)
select counter.user_id from ${counters} left join ends using (user_id)
where ends.last <> counter.seq or exists (
  select from feed where feed.user_id = counter.user_id and next <> user_seq + 1 and time > now() - ${young}
) or exists (
  select from identity."user" u where u.id = counter.user_id::text and u."createdAt" > now() - ${young}
    and counter.seq > 0 and not exists (select from feed where feed.user_id = counter.user_id and user_seq = 1)
)
union select user_id from ends where not exists (select from task.user_counter c where c.user_id = ends.user_id)
order by 1 limit ${most}`;

/** A task carries the number of its newest change, which may be one of many tasks at once. */
const straySql = `
select distinct task.user_id from task.task join ${counters} using (user_id)
where task.update_time > now() - ${young} and not exists (
  select from task.feed where feed.user_id = task.user_id and feed.user_seq = task.user_seq
    and coalesce(feed.task_id, task.id) = task.id
) or exists (
  select from task.feed where feed.user_id = task.user_id and feed.task_id = task.id and feed.user_seq > task.user_seq
)
order by 1 limit ${most}`;

/** The counter holds as many tasks as there are, for the quota. */
const countSql = `
select counter.user_id from ${counters}
where counter.task_count <> (select count(*) from task.task where task.user_id = counter.user_id)
order by 1 limit ${most}`;
