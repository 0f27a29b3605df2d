import {
  Recurrence_Anchor as Anchor,
  Series_State as State,
  Recurrence_Trigger as Trigger,
} from "@todo/proto/todo/task/v1/series";
import type { SeriesFact } from "./fact.ts";

/** Whether an occurrence is made because of a fact, as far as this is known before its time is computed. */
export function isFollowed({ kind, series, task }: SeriesFact): boolean {
  if (kind !== "completed" && kind !== "skipped") return false;
  const { recurrence, state, recurrenceId } = series;
  const isLatest = state === State.ACTIVE && recurrenceId === task.recurrenceId;
  if (!isLatest || recurrence?.trigger !== Trigger.COMPLETION) return false;
  return task.nextOccurrence !== null || recurrence.anchor === Anchor.COMPLETION;
}
