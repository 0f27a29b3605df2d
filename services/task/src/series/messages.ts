import { create, type Message } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type Series as SeriesMessage, SeriesSchema } from "@todo/proto/todo/task/v1/series";
import {
  OccurrenceCompletedSchema,
  OccurrenceCreatedSchema,
  OccurrenceReopenedSchema,
  OccurrenceSkippedSchema,
  SeriesChangedSchema,
  SeriesEndedSchema,
  SeriesExhaustedSchema,
} from "@todo/proto/todo/task/v1/series_event";
import type { ChangeContext } from "@todo/proto/todo/task/v1/task_event";
import type { SeriesFields } from "#src/domain/series.ts";
import type { SeriesFact } from "./fact.ts";

/** The series as its user and its events see it. */
export function seriesMessage(series: SeriesFields): SeriesMessage {
  const { rrule, dtstart, tzid, anchor, trigger, missed, notInherited } = series;
  const { title, description, priority, tags, dueKind, reminderMinutes } = series;
  const { id, state, firstTaskId, streamId, recurrenceId, number, skippedCount, skipped, tzdata } = series;
  return create(SeriesSchema, {
    id,
    recurrence: { rrule, dtstart, tzid, anchor, trigger, missed, notInherited: [...notInherited] },
    template: {
      ...{ title, description, priority, tags: [...tags], allDay: dueKind === "all_day" },
      reminderMinutes: [...reminderMinutes],
    },
    state,
    firstTaskId,
    streamId,
    recurrenceId,
    number,
    skippedCount,
    skipped: skipped.map((each) => ({ ...each })),
    version: BigInt(series.version),
    updateTime: timestampFromDate(series.updateTime),
    tzdata,
  });
}

/** What a fact is called in `task.recurring`. */
export function factMessage({ kind, series, task, reason }: SeriesFact, context: ChangeContext): Message {
  const { id: taskId, recurrenceId, completeTime } = task;
  const occurrence = { context, series, taskId, recurrenceId: recurrenceId ?? series.recurrenceId };
  switch (kind) {
    case "completed": {
      const time = timestampFromDate(completeTime ?? task.updateTime);
      return create(OccurrenceCompletedSchema, { ...occurrence, completeTime: time });
    }
    case "skipped":
      return create(OccurrenceSkippedSchema, { ...occurrence, reason });
    case "opened":
      return create(OccurrenceReopenedSchema, occurrence);
    case "created":
      return create(OccurrenceCreatedSchema, occurrence);
    case "changed":
      return create(SeriesChangedSchema, { context, series });
    case "ended":
      return create(SeriesEndedSchema, { context, series });
    case "exhausted":
      return create(SeriesExhaustedSchema, { context, series });
  }
}
