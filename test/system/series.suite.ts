import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { beforeEach, describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";
import type { User } from "./user.ts";

const lastFriday = "FREQ=MONTHLY;BYDAY=-1FR";

/** Tasks that repeat: from the completion over Kafka to the next task, exactly one. */
export function seriesSuite(bed: () => Bed): void {
  describe("a series", () => {
    let user: User;
    beforeEach(async () => {
      user = await bed().signUp();
    });

    it("has the next occurrence once the one before is done, right to the minute, through a change of clocks [R019, R020, R021]", async () => {
      const first = await startSeries(user, { due: "2099-02-27T16:00:00Z", rrule: lastFriday });
      await complete(user, first);
      const second = await nextOf(user, first);
      expect(due(second)).toBe("2099-03-27T16:00:00.000Z");
      expect(second).toMatchObject({
        title: first.title,
        tags: first.tags,
        priority: first.priority,
        status: TaskStatus.OPEN,
        parentTaskId: first.id,
        seriesId: first.seriesId,
        isRecurring: true,
      });
      await complete(user, second);
      // Summer time has begun: the same hour on the wall is an hour earlier.
      expect(due(await nextOf(user, second))).toBe("2099-04-24T15:00:00.000Z");
    });

    it("has one next occurrence, however often and at once it is completed", async () => {
      const first = await startSeries(user, { due: "2099-02-27T16:00:00Z", rrule: lastFriday });
      await Promise.all([1, 2, 3, 4].map(() => complete(user, first)));
      await nextOf(user, first);
      expect(await occurrences(user, first)).toHaveLength(2);
    });

    it("takes the next occurrence back with the completion, and brings it again once", async () => {
      const first = await startSeries(user, { due: "2099-02-27T16:00:00Z", rrule: lastFriday });
      await complete(user, first);
      const second = await nextOf(user, first);
      await user.client(TaskService).reopenTask({ id: first.id });
      await eventually("the next occurrence gone", async () =>
        (await occurrences(user, first)).length === 1 ? true : undefined,
      );
      await complete(user, first);
      expect(due(await nextOf(user, first))).toBe(due(second));
      expect(await occurrences(user, first)).toHaveLength(2);
    });

    it("goes on after an occurrence that is left out, which counts as no completion [R022]", async () => {
      const first = await startSeries(user, { due: "2099-02-27T16:00:00Z", rrule: lastFriday });
      const { task } = await user
        .client(SeriesService)
        .skipOccurrence({ taskId: first.id, reason: "on holiday" });
      expect(task).toMatchObject({ status: TaskStatus.SKIPPED });
      expect(task?.completeTime).toBeUndefined();
      expect(due(await nextOf(user, first))).toBe("2099-03-27T16:00:00.000Z");
    });

    it("ends with its last occurrence [R022]", async () => {
      const first = await startSeries(user, { due: "2099-02-27T16:00:00Z", rrule: `${lastFriday};COUNT=2` });
      await complete(user, first);
      const second = await nextOf(user, first);
      await complete(user, second);
      const types = await eventually("the end of the series", async () => {
        const { series } = await user.client(SeriesService).getSeries({ id: first.seriesId });
        return series?.state === 2 ? series : undefined;
      });
      expect(types.state).toBe(2);
      expect(await occurrences(user, first)).toHaveLength(2);
    });

    it("goes on by itself when the recurrence service was dead meanwhile", async () => {
      const first = await startSeries(user, { due: "2099-02-27T16:00:00Z", rrule: lastFriday });
      const recurrence = bed().process("app:recurrence");
      await recurrence.kill("SIGKILL");
      await complete(user, first);
      await recurrence.start();
      expect(due(await nextOf(user, first))).toBe("2099-03-27T16:00:00.000Z");
      expect(await occurrences(user, first)).toHaveLength(2);
    });
  });
}

async function startSeries(user: User, { due: time, rrule }: { due: string; rrule: string }): Promise<Task> {
  const zoned = { time: timestampFromDate(new Date(time)), tzid: "Europe/Berlin" };
  const { task } = await user.client(TaskService).createTask({
    title: "Send the invoice",
    tags: ["Work"],
    due: { kind: { case: "zoned", value: zoned } },
  });
  const made = await user
    .client(SeriesService)
    .setRecurrence({ taskId: task?.id ?? "", recurrence: { rrule } });
  if (made.task === undefined) throw new Error("no task");
  return made.task;
}

async function complete(user: User, { id }: Task): Promise<void> {
  await user.client(TaskService).completeTask({ id });
}

/** Every occurrence that is not in the trash, in the order in which they were made. */
async function occurrences(user: User, { seriesId }: Task): Promise<Task[]> {
  const { tasks } = await user.client(TaskService).listTasks({ filter: { seriesId }, pageSize: 100 });
  return tasks.sort((a, b) => due(a).localeCompare(due(b)));
}

/** The occurrence behind one, once it is there and open. */
function nextOf(user: User, task: Task): Promise<Task> {
  return eventually("the next occurrence", async () => {
    const after = (await occurrences(user, task)).filter((other) => due(other) > due(task));
    return after.find(({ status }) => status === TaskStatus.OPEN);
  });
}

function due({ due: date }: Task): string {
  if (date?.kind.case !== "zoned" || date.kind.value.time === undefined) throw new Error("no time");
  return timestampDate(date.kind.value.time).toISOString();
}
