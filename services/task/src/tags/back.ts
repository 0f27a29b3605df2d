import type { Principal } from "@todo/kit/principal";
import type { Task as TaskMessage } from "@todo/proto/todo/task/v1/task";
import type { UndoResponseSchema } from "@todo/proto/todo/task/v1/task_service";
import type { Database } from "#src/database.ts";
import { Task, type TaskFields } from "#src/domain/task.ts";
import { undoExpired, undoOvertaken } from "#src/errors.ts";
import { eventsOf, eventType } from "#src/events.ts";
import { doerOf } from "#src/feed.ts";
import type { Decision } from "#src/outcome.ts";
import type { RenamedTemplate } from "#src/queries/rename-tag.ts";
import { restoreTags } from "#src/queries/restore-tags.ts";
import { type TagImages, tagImages } from "#src/queries/tag-images.ts";
import { templatesBack } from "#src/series/undo.ts";
import { type Command, maxChanges, undoHours } from "#src/undo-token.ts";
import type { Circumstances } from "#src/write.ts";
import { recordRetagged } from "./record.ts";

interface TagsBack extends Pick<Circumstances, "requireOutbox"> {
  command: Command;
  since: Date;
  /** The place that the first change gets. */
  first: bigint;
  by: { principal: Principal; requestId: string; time: Date };
}

/** What happens to each task: the same as by an update. */
const updated = { kind: "updated", fields: ["tags"] } as const;

/**
 * Gives tasks the tags that they had before a tag was renamed, or before that was taken back: all of them or none, those
 * in the trash too. It is a change of each.
 *
 * Throws UNDO_EXPIRED, UNDO_OVERTAKEN, OUTBOX_FULL.
 */
export async function tagsBack(
  database: Database,
  o: TagsBack,
): Promise<Decision<typeof UndoResponseSchema>> {
  const { command, first, by } = o;
  const { userId } = by.principal;
  const images = requireFit(await tagImages(database, userId, command), o.since);
  o.requireOutbox(2 * images.count);
  const series = await templatesBack(database, images.templates, { userId, now: by.time });
  const templates = turned(images.templates, new Set(series.map(({ id }) => id)));
  const what = { type: eventType(updated), doer: doerOf(by), templates };
  const count = await restoreTags(database, { userId, command, first, now: by.time, ...what });
  const told = count > maxChanges ? 0 : count;
  const tasks: Task[] = [];
  const seen = (task: TaskFields) => {
    if (tasks.length < Math.max(told, 1)) tasks.push(new Task(task));
  };
  const events = (task: TaskMessage) => eventsOf(updated, task, by);
  await recordRetagged(database, { userId, first, count }, { eventsOf: events, seen });
  const [at] = tasks;
  return {
    changes: [],
    sweep: { count },
    series: at === undefined ? [] : series.map((each) => ({ series: each, kind: "changed", at })),
    answer: ({ message, ...rest }) => ({
      tasks: tasks.slice(0, told).map(message),
      taskCount: count,
      ...rest,
    }),
  };
}

function requireFit(images: TagImages, since: Date): TagImages {
  if (images.time === null || images.time < since) throw undoExpired(undoHours);
  if (images.stale !== null) throw undoOvertaken(images.stale);
  return images;
}

/** What does the same to templates the other way round. */
function turned(templates: readonly RenamedTemplate[], ids: ReadonlySet<string>): RenamedTemplate[] {
  return templates
    .filter(({ id }) => ids.has(id))
    .map(({ id, before, after }) => ({ id, before: after, after: before }));
}
