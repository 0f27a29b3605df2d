import { randomUUID } from "node:crypto";
import { create, toJsonString } from "@bufbuild/protobuf";
import { Priority } from "@todo/proto/todo/task/v1/task";
import { type CreateTaskRequest, CreateTaskRequestSchema } from "@todo/proto/todo/task/v1/task_service";

/** A new task like those that people make: a title, a note, a priority, two tags and a due date. */
export function createRequest(): CreateTaskRequest {
  return create(CreateTaskRequestSchema, {
    title: "Send the quarterly figures to the board",
    description: "The table of last quarter, and one page about what changed. Anna has the draft.",
    priority: Priority.HIGH,
    tags: ["work", "figures"],
    due: { kind: { case: "allDay", value: "2027-03-31" } },
    requestId: randomUUID(),
  });
}

export function createRequestJson(): string {
  return toJsonString(CreateTaskRequestSchema, createRequest());
}
