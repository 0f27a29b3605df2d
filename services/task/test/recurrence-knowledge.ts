import { type DescMessage, fromJson } from "@bufbuild/protobuf";
import {
  OccurrenceCompletedSchema,
  OccurrenceCreatedSchema,
  OccurrenceReopenedSchema,
  OccurrenceSkippedSchema,
  SeriesChangedSchema,
} from "@todo/proto/todo/task/v1/series_event";
import { toDone, toSnapshot } from "@todo/recurrence/mapping";
import { merge, type SeriesState, type Told } from "@todo/recurrence/series-state";
import type { RecurringEvent } from "./series-fixture.ts";

/** What the recurrence service itself knows of a series once events came to it, in this order. */
export function knowledgeOf(events: readonly RecurringEvent[]): SeriesState | undefined {
  const told = events.map(toTold);
  return told.reduce<SeriesState | undefined>((known, each) => merge(known, each), undefined);
}

function toTold({ type, data }: RecurringEvent): Told {
  const read = <D extends DescMessage>(desc: D) => fromJson(desc, data, { ignoreUnknownFields: true });
  const series = toSnapshot(read(SeriesChangedSchema));
  switch (type) {
    case OccurrenceCompletedSchema.typeName: {
      const { recurrenceId, completeTime } = read(OccurrenceCompletedSchema);
      return { series, about: { recurrenceId, done: toDone("completed", completeTime) } };
    }
    case OccurrenceSkippedSchema.typeName: {
      const { recurrenceId, context } = read(OccurrenceSkippedSchema);
      return { series, about: { recurrenceId, done: toDone("skipped", context?.time) } };
    }
    case OccurrenceReopenedSchema.typeName:
    case OccurrenceCreatedSchema.typeName: {
      const { recurrenceId } = read(OccurrenceReopenedSchema);
      return { series, about: { recurrenceId, done: undefined } };
    }
    default:
      return { series, about: undefined };
  }
}
