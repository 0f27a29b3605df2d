import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { eventually } from "../system/eventually.ts";
import { readTopic, type TopicRecord } from "../system/topic.ts";
import type { User } from "../system/user.ts";
import type { ObservedSystem } from "./bed.ts";
import { auditGroup, lagOf } from "./consumer-group.ts";
import type { EntryRow, EventRecord, FeedRow, Observation, TaskRow } from "./observation.ts";
import { query } from "./query.ts";

/** Waits until every event is sent and taken. What never comes to rest is what the checker then finds. */
export async function comeToRest(bed: ObservedSystem, withinMs: number): Promise<boolean> {
  const rested = async () => {
    const [row] = await query<{ waiting: string }>(bed, "select count(*) as waiting from task.outbox");
    if (row?.waiting !== "0") return undefined;
    return (await lagOf(bed.kafka, auditGroup)) === 0n ? true : undefined;
  };
  return eventually("all events sent and taken", rested, withinMs).catch(() => false);
}

/**
 * Looks at everything that the system holds of some users: tables, topic and audit log.
 * @param topic all that was ever on `task.events`; by default what it holds now
 */
export async function observe(
  bed: ObservedSystem,
  users: readonly User[],
  topic: () => Promise<readonly TopicRecord[]> = () => readTopic(bed.kafka, "task.events"),
): Promise<Observation> {
  const ids = users.map(({ id }) => id);
  const [tasks, feed, records, logs] = await Promise.all([
    query<TaskRow & { userSeq: string }>(bed, taskSql, ids),
    query<FeedRow & { userSeq: string }>(bed, feedSql, ids),
    topic().then((records) => recordsOf(records, new Set(ids))),
    Promise.all(users.map((user) => eventually("the audit log", () => readLog(user)))),
  ]);
  return {
    tasks: tasks.map((row) => ({ ...row, userSeq: BigInt(row.userSeq) })),
    feed: feed.map((row) => ({ ...row, userSeq: BigInt(row.userSeq) })),
    records,
    entries: logs.flatMap(({ entries }) => entries),
    brokenChains: logs.filter(({ intact }) => !intact).map(({ userId }) => userId),
  };
}

const taskSql = `select id, user_id as "userId", user_seq as "userSeq", title, status = 2 as completed,
  delete_time is not null as deleted from task.task where user_id = any ($1::uuid[])`;
const feedSql = `select user_id as "userId", user_seq as "userSeq", type, task_id as "taskId"
  from task.feed where user_id = any ($1::uuid[])`;

function recordsOf(records: readonly TopicRecord[], userIds: ReadonlySet<string>): EventRecord[] {
  return records.flatMap(({ partition, offset, key, event }) => {
    // Among them lie some that are no events of ours.
    const context = event?.data?.context;
    if (event === undefined || context === undefined || !userIds.has(context.userId)) return [];
    const { id: eventId, type, subject: taskId } = event;
    const { userId, userSeq } = context;
    return [{ partition, offset, key, eventId, type, taskId, userId, userSeq: BigInt(userSeq) }];
  });
}

/** A user's log, read through the front door and page by page. */
async function readLog(user: User): Promise<{ userId: string; entries: EntryRow[]; intact: boolean }> {
  const audit = user.client(AuditService);
  const entries: EntryRow[] = [];
  let pageToken = "";
  do {
    const page = await audit.listEntries({ pageSize: 100, pageToken });
    for (const { number, eventId, type, subject } of page.entries) {
      if (type.startsWith("todo.task.v1."))
        entries.push({ userId: user.id, number, eventId, taskId: subject });
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  let proof = await audit.verifyChain({});
  while (proof.nextPageToken !== "") proof = await audit.verifyChain({ pageToken: proof.nextPageToken });
  return { userId: user.id, entries, intact: proof.intact };
}
