import { TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { clientOf, expect, type Step } from "./journey.ts";

export const createStep: Step = {
  sentence: "a task is created",
  async run(journey) {
    const { task } = await clientOf(journey, TaskService).createTask({ title: "Check the system" });
    expect(task?.status === TaskStatus.OPEN, "the new task is not open");
    journey.taskId = task.id;
  },
};

export const listStep: Step = {
  sentence: "the list holds it, and only it",
  async run(journey) {
    const { tasks } = await clientOf(journey, TaskService).listTasks({});
    const ids = tasks.map(({ id }) => id);
    expect(ids.length === 1 && ids[0] === journey.taskId, `the list holds ${ids.length} tasks`);
  },
};

export const completeStep: Step = {
  sentence: "it is completed",
  async run(journey) {
    const { task } = await clientOf(journey, TaskService).completeTask({ id: journey.taskId ?? "" });
    expect(task?.status === TaskStatus.COMPLETED, "the task is not completed");
  },
};
