import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { IncomingRecord } from "@todo/kit/event";
import { uuidV7 } from "@todo/kit/uuid";
import {
  type Series,
  Series_State,
  SeriesSchema,
  Recurrence_Trigger as Trigger,
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
import { type Draw, drawOf } from "@todo/rrule/testing/draw";
import { expect, it } from "vitest";
import { drawHistory, type Tale } from "#src/testing/history.ts";
import { refused } from "./fake-task.ts";
import { type Bed, startBed } from "./fixture.ts";
import { recordOf } from "./task-series.ts";

const kinds: Record<Tale["kind"], DescMessage> = {
  changed: SeriesChangedSchema,
  ended: SeriesEndedSchema,
  exhausted: SeriesExhaustedSchema,
  completed: OccurrenceCompletedSchema,
  skipped: OccurrenceSkippedSchema,
  reopened: OccurrenceReopenedSchema,
  created: OccurrenceCreatedSchema,
};
const states = { active: Series_State.ACTIVE, exhausted: Series_State.EXHAUSTED, ended: Series_State.ENDED };

interface Whose {
  userId: string;
  id: string;
  trigger: Trigger;
}

/** What task publishes of it. */
function toRecord(tale: Tale, whose: Whose): IncomingRecord {
  const time = timestampFromDate(tale.time);
  const isTurn = !["changed", "ended", "exhausted"].includes(tale.kind);
  const about = { taskId: whose.id, recurrenceId: tale.about };
  const more = { ...(isTurn && about), ...(tale.kind === "completed" && { completeTime: time }) };
  return recordOf(kinds[tale.kind], { userId: whose.userId, series: toSeries(tale, whose), more, time });
}

function toSeries({ rrule, place, state, version, time }: Tale, { id, trigger }: Whose): Series {
  const recurrence = {
    rrule,
    dtstart: "2026-01-10T09:00:00",
    tzid: "Europe/Berlin",
    trigger,
    anchor: 1,
    missed: 1,
  };
  const number = Number(place.slice(8, 10));
  return create(SeriesSchema, {
    ...{ id, recurrence, version, number, recurrenceId: place, firstTaskId: id, streamId: id },
    template: { title: "Water the plants", priority: Priority.MEDIUM },
    state: states[state],
    // Each change comes from a process with other time zones than the one before.
    tzdata: version % 2n === 0n ? "2999a" : "2025a",
    updateTime: timestampFromDate(time),
  } as MessageInitShape<typeof SeriesSchema>);
}

/** A service that asks a task which is away: what it would ask for stays. */
async function startWaiting(): Promise<Bed> {
  const bed = await startBed();
  bed.task.before = () => {
    throw refused("DEPENDENCY_UNAVAILABLE", Code.Unavailable);
  };
  return bed;
}

/** All that is known of a series, and what follows from that. */
async function keptOf({ admin }: Bed, { id }: Whose): Promise<Record<string, unknown> | undefined> {
  const sql = `select s.*, p.version as asked_version, p.request
    from series_state s left join pending_advance p using (series_id) where series_id = $1`;
  return (await admin.query(sql, [id])).rows[0];
}

function shuffled<T>(draw: Draw, list: readonly T[]): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(draw.number(0, rest.length - 1), 1)[0] as T);
}

it("whatever order events come in, at whatever replica and however often, the same is asked of task [R064]", async () => {
  await using ordered = await startWaiting();
  await using mixed = await startWaiting();
  const replicas = [mixed.app, await mixed.startAnother()];
  const draw = drawOf(23);
  const one = async () => {
    const trigger = draw.one([Trigger.COMPLETION, Trigger.DUE]);
    const whose = { userId: uuidV7(), id: uuidV7(), trigger };
    const { tales } = drawHistory(draw);
    // What is repeated has another id here, so that no inbox keeps it off.
    const repeated = shuffled(draw, [...tales, ...draw.some(tales, 5)]);
    const deliveries = repeated.map((tale) => ({ tale, to: draw.one(replicas) }));
    for (const tale of tales) await ordered.deliver(toRecord(tale, whose));
    for (const { tale, to } of deliveries) await mixed.deliver(toRecord(tale, whose), to);
    const kept = await keptOf(ordered, whose);
    expect(await keptOf(mixed, whose)).toEqual(kept);
    return kept;
  };
  const all = await Promise.all(Array.from({ length: 40 }, one));
  const asked = all.flatMap((kept) => Object.keys(kept?.["request"] ?? {}));
  const counts = ["seriesId", "next", "again"].map((name) => asked.filter((each) => each === name).length);
  expect(Math.min(...counts, all.length - (counts[0] ?? 0))).toBeGreaterThan(3);
}, 120_000);
