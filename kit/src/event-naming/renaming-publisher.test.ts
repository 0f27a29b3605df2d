import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseCloudEvent } from "../cloud-event.ts";
import { topics } from "../event-catalogue.ts";
import { createMemoryBus } from "../memory-bus.ts";
import { foreignForm } from "./forms.ts";
import { constantType, dottedType, foreignTopicOf, foreignTopics } from "./names.ts";
import { renamingPublisher } from "./renaming-publisher.ts";

const folder = new URL("../../test/golden/", import.meta.url);
const golden = (file: string) => readFileSync(new URL(file, folder));
const signal = AbortSignal.timeout(60_000);
const known = (naming: "s0" | "s3") => [...topics, ...foreignTopics(naming)];

describe("the names of other documents", () => {
  it("are those of S0 for tasks alone, and of S3 for tasks and users [R048, R049]", () => {
    expect(foreignTopics("s0").map(({ name }) => name)).toEqual([
      "todo.tasks.created",
      "todo.tasks.updated",
      "todo.tasks.completed",
      "todo.tasks.deleted",
    ]);
    expect(foreignTopics("s3").map(({ name }) => name)).toEqual(["todo-events", "user-events"]);
    expect(foreignTopicOf("s3", "chat.events", "MessageSent")).toBe("chat-events");
    expect(foreignTopics("canonical")).toEqual([]);
  });

  it("write the types of events in their own ways", () => {
    expect(dottedType({ name: "TaskCompleted" })).toBe("task.completed");
    expect(constantType({ name: "TaskCompleted" })).toBe("TASK_COMPLETED");
    expect(constantType({ name: "UserProfileChanged" })).toBe("USER_PROFILE_CHANGED");
  });
});

describe("the forms of other documents", () => {
  it("are the JSON v1 of S1, with every field that it names [R050]", () => {
    const form = foreignForm("s0", parseCloudEvent(golden("todo.task.v1.TaskCompleted.1.json")));
    expect(form).toMatchObject({
      event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      event_type: "task.completed",
      user_id: expect.any(String),
      task_id: (form["payload"] as { task: { id: string } }).task.id,
      timestamp: "2026-03-01T10:20:30.456Z",
      payload: { task: { title: "title" } },
      schema_version: "v1",
    });
    expect(form["payload"]).not.toHaveProperty("context");
  });

  it("are the form of S3's appendix, with a task's id, title and whether it is done [R051]", () => {
    const form = foreignForm("s3", parseCloudEvent(golden("todo.task.v1.TaskCreated.1.json")));
    expect(Object.keys(form)).toEqual(["eventId", "eventType", "timestamp", "userId", "payload"]);
    expect(form).toMatchObject({
      eventType: "TASK_CREATED",
      payload: { taskId: expect.any(String), title: "title", completed: false },
    });
    expect(Object.keys(form["payload"] as object)).toEqual(["taskId", "title", "completed"]);
  });

  it.each(["s0", "s3"] as const)(
    "of %s are, for every event ever published, the bytes kept with it",
    (naming) => {
      const files = readdirSync(new URL(`${naming}/`, folder));
      expect(files.length).toBeGreaterThan(10);
      for (const file of files) {
        const form = foreignForm(naming, parseCloudEvent(golden(file)));
        expect(JSON.stringify(form), file).toBe(golden(`${naming}/${file}`).toString());
      }
    },
  );
});

describe("a publisher that renames", () => {
  const event = (file: string) => ({ key: "k", value: golden(file), headers: { "content-type": "x" } });
  const created = event("todo.task.v1.TaskCreated.1.json");
  const completed = event("todo.task.v1.TaskCompleted.1.json");

  it("stores each record on our topic and, in order and in the same partition, on the other one", async () => {
    await using bus = createMemoryBus({ topics: known("s3") });
    await using publisher = renamingPublisher(bus.publisher, "s3");
    await publisher.append("task.events", 5, [created, completed], signal);
    expect(bus.records("task.events", 5)).toEqual([created, completed]);
    const types = bus.records("todo-events", 5).map(({ value }) => JSON.parse(`${value}`).eventType);
    expect(types).toEqual(["TASK_CREATED", "TASK_COMPLETED"]);
    expect(bus.records("todo-events", 5)[0]).toMatchObject({
      key: "k",
      headers: { "content-type": "application/json" },
    });
  });

  it("leaves alone what the other naming has no name for, and tombstones", async () => {
    await using bus = createMemoryBus({ topics: known("s0") });
    await using publisher = renamingPublisher(bus.publisher, "s0");
    await publisher.append("user.events", 1, [event("todo.identity.v1.UserCreated.1.json")], signal);
    await publisher.append("task.state", 1, [{ key: "k", value: null, headers: {} }], signal);
    for (const { name } of foreignTopics("s0")) expect(bus.records(name, 1)).toEqual([]);
  });

  it("fails as a whole where the other topic cannot take it, so that the relay sends both again", async () => {
    await using bus = createMemoryBus();
    await using publisher = renamingPublisher(bus.publisher, "s3");
    await expect(publisher.append("task.events", 0, [created], signal)).rejects.toThrow();
  });
});
