import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Recurrence_Anchor } from "@todo/proto/todo/task/v1/series";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { parseWall } from "@todo/rrule/calendar/wall";
import { zoneOf } from "@todo/rrule/zone/zone";
import { eventually } from "../../system/eventually.ts";
import type { User } from "../../system/user.ts";
import { type Habit, habits } from "./habits.ts";
import type { KnownSeries } from "./known.ts";
import type { Person } from "./person.ts";

/** Begins a series of every habit for every one of some people. */
export async function beginAll(people: readonly Person[]): Promise<KnownSeries[]> {
  const begun = people.map(async ({ user }) => {
    const own: KnownSeries[] = [];
    for (const habit of habits) {
      const ids = { task: crypto.randomUUID(), series: crypto.randomUUID() };
      own.push(await eventually("a series", () => beginSeries(user, habit, ids)));
    }
    return own;
  });
  return (await Promise.all(begun)).flat();
}

/** Makes a task that repeats as a habit says. @param ids with which both calls may be repeated */
async function beginSeries(
  user: User,
  habit: Habit,
  ids: { task: string; series: string },
): Promise<KnownSeries> {
  const { rrule, tzid, anchor } = habit;
  const { task } = await user
    .client(TaskService)
    .createTask({ title: rrule, due: dueOf(habit), requestId: ids.task });
  const recurrence = { rrule, tzid, anchor: anchors[anchor] };
  const { series } = await user
    .client(SeriesService)
    .setRecurrence({ taskId: task?.id ?? "", recurrence, requestId: ids.series });
  if (task === undefined || series === undefined) throw new Error("no series was made");
  return { id: series.id, userId: user.id, habit, firstTaskId: task.id, completions: [] };
}

const anchors = { schedule: Recurrence_Anchor.SCHEDULE, completion: Recurrence_Anchor.COMPLETION };

function dueOf({ allDay, first, tzid }: Habit) {
  if (allDay) return { kind: { case: "allDay", value: first.slice(0, 10) } } as const;
  const { instant } = zoneOf(tzid).instantOf(parseWall(first) ?? 0);
  return { kind: { case: "zoned", value: { time: timestampFromMs(instant * 1_000), tzid } } } as const;
}
