import { randomUUID } from "node:crypto";
import { clone, create, type DescMessage, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromDate, timestampNow } from "@bufbuild/protobuf/wkt";
import { encodeCloudEvent } from "@todo/kit/cloud-event";
import type { IncomingRecord } from "@todo/kit/event";
import { uuidV7 } from "@todo/kit/uuid";
import { Actor_Kind } from "@todo/proto/todo/identity/v1/actor";
import { UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import {
  RecurrenceSchema,
  type Series,
  Series_State,
  SeriesSchema,
  SkippedOccurrenceSchema,
} from "@todo/proto/todo/task/v1/series";
import {
  OccurrenceCompletedSchema,
  OccurrenceCreatedSchema,
  OccurrenceReopenedSchema,
  OccurrenceSkippedSchema,
  SeriesChangedSchema,
  SeriesEndedSchema,
  SeriesExhaustedSchema,
} from "@todo/proto/todo/task/v1/series_event";
import { Priority } from "@todo/proto/todo/task/v1/task";

export type RuleInit = Omit<MessageInitShape<typeof RecurrenceSchema>, "$typeName">;

/** A series as task has it, with what task publishes of each change. */
export interface TaskSeries {
  readonly userId: string;
  readonly series: Series;
  /** The version from which on nothing changed that the next occurrence is computed from. */
  readonly basis: bigint;
  /** The occurrences that were made, in order, the first one among them. */
  readonly made: ReadonlySet<string>;
  complete(time: Date): IncomingRecord;
  skip(time: Date): IncomingRecord;
  reopen(): IncomingRecord;
  /** Of the rule, or of something that the next occurrence is not computed from. */
  change(rule?: RuleInit): IncomingRecord;
  end(): IncomingRecord;
  /** The end is taken back. */
  resume(): IncomingRecord;
  makeNext(next: { recurrenceId: string; number: number }, o: Making): IncomingRecord;
  /** Whether the latest occurrence is to be done. */
  readonly isOpen: boolean;
  /** The instants of that become those of newer time zones. */
  follow(tzdata: string): IncomingRecord;
  exhaust(): IncomingRecord;
  /** What identity publishes when the user is erased. */
  erased(): IncomingRecord;
}

export interface SeriesInit {
  userId?: string;
  allDay?: boolean;
  /** By which time zones the instants of its first occurrence were computed. By default no process has newer ones. */
  tzdata?: string;
}

interface Making {
  skippedCount: number;
  tzdata: string;
}

let offset = 0n;

export function newTaskSeries(rule: RuleInit, o: SeriesInit = {}): TaskSeries & { started: IncomingRecord } {
  const userId = o.userId ?? randomUUID();
  const made = new Set<string>();
  let series = firstOf(rule, o);
  let basis = series.version;
  /** What became of the latest occurrence, as it is told once more with what changes its series. */
  let told: (() => IncomingRecord) | undefined;
  made.add(series.recurrenceId);

  const publish = (desc: DescMessage, more: object = {}, time = timestampNow()) =>
    recordOf(desc, { userId, series, more, time });
  const touch = (over: Partial<Series>, matters = true) => {
    series = Object.assign(clone(SeriesSchema, series), over, { version: series.version + 1n });
    if (matters) basis = series.version;
  };
  const tell = (again: () => IncomingRecord) => {
    told = again;
    return again();
  };
  const occurrence = () => ({ taskId: uuidV7(), recurrenceId: series.recurrenceId });
  return {
    userId,
    made,
    started: publish(SeriesChangedSchema),
    get series() {
      return series;
    },
    get basis() {
      return basis;
    },
    complete(time) {
      touch({});
      const completeTime = timestampFromDate(time);
      return tell(() => publish(OccurrenceCompletedSchema, { ...occurrence(), completeTime }));
    },
    skip(time) {
      const { recurrenceId, skipped, skippedCount } = series;
      const left = create(SkippedOccurrenceSchema, { recurrenceId, reason: "away" });
      touch({ skipped: [...skipped, left], skippedCount: skippedCount + 1 });
      return tell(() => publish(OccurrenceSkippedSchema, occurrence(), timestampFromDate(time)));
    },
    reopen() {
      touch({});
      told = undefined;
      return publish(OccurrenceReopenedSchema, occurrence());
    },
    change(rule) {
      const recurrence = create(RecurrenceSchema, { ...series.recurrence, ...rule } as RuleInit);
      touch({ recurrence }, rule !== undefined);
      return (rule && told?.()) ?? publish(SeriesChangedSchema);
    },
    end() {
      touch({ state: Series_State.ENDED });
      return publish(SeriesEndedSchema);
    },
    resume() {
      touch({ state: Series_State.ACTIVE });
      return publish(SeriesChangedSchema);
    },
    makeNext({ recurrenceId, number }, { skippedCount, tzdata }) {
      if (made.has(recurrenceId)) throw new Error(`${recurrenceId} would be there twice`);
      made.add(recurrenceId);
      touch({ recurrenceId, number, tzdata, skippedCount: series.skippedCount + skippedCount });
      told = undefined;
      return publish(OccurrenceCreatedSchema, occurrence());
    },
    get isOpen() {
      return told === undefined;
    },
    follow(tzdata) {
      touch({ tzdata }, false);
      return publish(SeriesChangedSchema);
    },
    exhaust() {
      touch({ state: Series_State.EXHAUSTED });
      return publish(SeriesExhaustedSchema);
    },
    erased: () => erasedRecord(userId),
  };
}

function firstOf(rule: RuleInit, { allDay = false, tzdata = "2999a" }: SeriesInit): Series {
  const id = uuidV7();
  const base = { rrule: "FREQ=DAILY", dtstart: "2026-05-01T09:00:00", tzid: "UTC" };
  const recurrence = create(RecurrenceSchema, {
    ...base,
    anchor: 1,
    trigger: 1,
    missed: 1,
    ...rule,
  } as RuleInit);
  return create(SeriesSchema, {
    id,
    recurrence,
    template: { title: "Water the plants", priority: Priority.MEDIUM, allDay },
    state: Series_State.ACTIVE,
    firstTaskId: id,
    streamId: id,
    recurrenceId: recurrence.dtstart,
    number: 1,
    version: 1n,
    updateTime: timestampNow(),
    tzdata,
  });
}

function erasedRecord(userId: string): IncomingRecord {
  const message = create(UserErasedSchema, { userId, time: timestampNow() });
  return published(UserErasedSchema, message, { topic: "user.events", key: userId, userId, sequence: 1n });
}

/** What is published of a change of a series. */
export function recordOf(
  desc: DescMessage,
  o: { userId: string; series: Series; more: object; time: Timestamp },
): IncomingRecord {
  const { userId, series, more, time } = o;
  const context = { userId, userSeq: 1n, actor: { kind: Actor_Kind.SERVICE, id: "task" }, time };
  const message = create(desc, { context, series, ...more } as MessageInitShape<DescMessage>);
  return published(desc, message, {
    topic: "task.recurring",
    key: series.streamId,
    userId,
    sequence: series.version,
  });
}

function published(
  desc: DescMessage,
  message: Message,
  o: { topic: string; key: string; userId: string; sequence: bigint },
): IncomingRecord {
  const { topic, key, userId, sequence } = o;
  const attributes = { id: randomUUID(), source: "task" as const, subject: key, time: new Date() };
  const { value, headers } = encodeCloudEvent(desc, message, {
    ...attributes,
    userId,
    sequence,
    traceparent: undefined,
  });
  offset += 1n;
  return { topic, key, value, headers, partition: 1, offset };
}
