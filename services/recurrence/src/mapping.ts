import { create, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { type Timestamp, timestampDate, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  Recurrence_Anchor,
  Recurrence_Missed,
  Recurrence_Trigger,
  type Series,
  Series_State,
} from "@todo/proto/todo/task/v1/series";
import { AdvanceSeriesRequestSchema } from "@todo/proto/todo/task/v1/series_service";
import type { ChangeContext } from "@todo/proto/todo/task/v1/task_event";
import type { Advance } from "./advance.ts";
import type { Again } from "./again.ts";
import type { Done, SeriesPlan } from "./plan.ts";
import type { SeriesState, Snapshot } from "./series-state.ts";

/** What every event of a series carries. */
export interface SeriesEvent {
  readonly context?: ChangeContext | undefined;
  readonly series?: Series | undefined;
}

const missed: Readonly<Record<Recurrence_Missed, SeriesPlan["missed"]>> = {
  [Recurrence_Missed.UNSPECIFIED]: "one",
  [Recurrence_Missed.CATCH_UP_ONE]: "one",
  [Recurrence_Missed.CATCH_UP_ALL]: "all",
  [Recurrence_Missed.SKIP_TO_NEXT]: "none",
};

/** The series of an event, without a word of the user's. */
export function toSnapshot({ context, series }: SeriesEvent): Snapshot {
  if (context === undefined || series === undefined) throw new Error("an event of no series");
  const { userId } = context;
  const { id: seriesId, version, state, tzdata } = series;
  return { seriesId, userId, version, active: state === Series_State.ACTIVE, plan: toPlan(series), tzdata };
}

function toPlan({ recurrence, template, recurrenceId, number, skipped }: Series): SeriesPlan {
  if (recurrence === undefined) throw new Error("a series without a rule");
  const { rrule, dtstart, tzid } = recurrence;
  return {
    rrule,
    dtstart,
    tzid: tzid || "UTC",
    anchor: recurrence.anchor === Recurrence_Anchor.COMPLETION ? "completion" : "schedule",
    trigger: recurrence.trigger === Recurrence_Trigger.DUE ? "due" : "completion",
    missed: missed[recurrence.missed] ?? "one",
    allDay: template?.allDay ?? false,
    recurrenceId,
    number,
    excluded: skipped.map((one) => one.recurrenceId),
  };
}

export function toDone(how: Done["how"], time: Timestamp | undefined): Done {
  if (time === undefined) throw new Error("an end without a time");
  return { how, time: timestampDate(time) };
}

type Found = Exclude<Advance, { kind: "wait" }> | Again;

/**
 * What task is asked for, as JSON. Where the next occurrence waits for the one before, no newer version is named than
 * the one that told of its end: a later event may have come first, and between the two that end may have been taken back.
 */
export function toRequest(state: SeriesState, found: Found, tzdata: string) {
  const { seriesId, plan, fact } = state;
  const follows = found.kind !== "again" && plan.trigger === "completion";
  const version = follows && fact !== undefined ? fact.version : state.version;
  const request = create(AdvanceSeriesRequestSchema, {
    seriesId,
    seriesVersion: version,
    follows: plan.recurrenceId,
    outcome: outcomeOf(found),
    skippedCount: found.kind === "again" ? 0 : found.skippedCount,
    tzdata,
  });
  return toJson(AdvanceSeriesRequestSchema, request);
}

type Outcome = NonNullable<MessageInitShape<typeof AdvanceSeriesRequestSchema>["outcome"]>;

function outcomeOf(found: Found): Outcome {
  if (found.kind === "exhausted") return { case: "exhausted", value: {} };
  if (found.kind === "again") return { case: "again", value: timesOf(found) };
  const { recurrenceId, number } = found.next;
  return { case: "next", value: { recurrenceId, number, ...timesOf(found.next) } };
}

function timesOf({ instant, following }: Pick<Again, "instant" | "following">) {
  const time = (seconds: number) => timestampFromMs(seconds * 1_000);
  return { dueTime: time(instant), ...(following !== undefined && { followingTime: time(following) }) };
}
