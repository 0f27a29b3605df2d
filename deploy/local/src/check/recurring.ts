import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { eventually } from "../process/wait.ts";
import { clientOf, expect, type Step } from "./journey.ts";

/** The last Friday of a month, 17:00 in Berlin, and that of the next month, after the change of clocks. */
const [due, nextDue] = ["2099-03-27T16:00:00.000Z", "2099-04-24T15:00:00.000Z"];

export const recurringStep: Step = {
  sentence: "a recurring task is completed, and its successor is there",
  async run(journey) {
    const tasks = clientOf(journey, TaskService);
    const zoned = { time: timestampFromDate(new Date(due)), tzid: "Europe/Berlin" };
    const { task } = await tasks.createTask({
      title: "Send the invoice",
      due: { kind: { case: "zoned", value: zoned } },
    });
    const recurrence = { rrule: "FREQ=MONTHLY;BYDAY=-1FR" };
    const { series } = await clientOf(journey, SeriesService).setRecurrence({
      taskId: task?.id ?? "",
      recurrence,
    });
    await tasks.completeTask({ id: task?.id ?? "" });
    const filter = { seriesId: series?.id ?? "", statuses: [TaskStatus.OPEN] };
    const successor = async () => {
      const { tasks: open } = await tasks.listTasks({ filter });
      const [at] = open.map((next) =>
        next.due?.kind.case === "zoned" ? next.due.kind.value.time : undefined,
      );
      expect(open.length === 1 && at !== undefined, `${open.length} occurrences are open`);
      expect(timestampDate(at).toISOString() === nextDue, "it is due at another time");
    };
    await eventually("there is no successor", successor, { within: 60_000, every: 200 });
  },
};
