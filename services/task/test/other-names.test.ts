import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bed, newUser, startBed } from "./fixture.ts";

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({ topicsNaming: "s3" });
});
afterAll(() => bed?.[Symbol.asyncDispose]());

it("events are repeated under the names and in the form of another document, where that is set [R049, R051]", async () => {
  const userId = newUser();
  const tasks = bed.as(userId);
  const { task } = await tasks.createTask({ title: "Water the plants" });
  await tasks.completeTask({ id: task?.id ?? "" });
  await bed.app.relay?.drained();
  const sent = bed.publisher.records.filter(({ topic }) => topic === "todo-events");
  const events = sent.map(({ value }) => JSON.parse(`${value}`));
  expect(events).toMatchObject([
    { eventType: "TASK_CREATED", userId, payload: { taskId: task?.id, completed: false } },
    {
      eventType: "TASK_COMPLETED",
      userId,
      payload: { taskId: task?.id, title: "Water the plants", completed: true },
    },
  ]);
  const own = bed.publisher.records.filter(({ topic }) => topic === "task.events");
  expect(sent.map(({ key, partition }) => ({ key, partition }))).toEqual(
    own.map(({ key, partition }) => ({ key, partition })),
  );
});
