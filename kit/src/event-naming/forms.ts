import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { CloudEvent } from "../cloud-event.ts";
import { constantType, dottedType, type ForeignNaming } from "./names.ts";

/** An event in the form of a naming. */
export function foreignForm(naming: ForeignNaming, event: CloudEvent): JsonObject {
  return naming === "s3" ? phaseFiveForm(event) : versionOneForm(event);
}

/** R050: the JSON v1 of S1. The payload is what the event says besides the change itself. */
function versionOneForm({ attributes, data }: CloudEvent): JsonObject {
  const { id = "", userid = "", time = "" } = attributes;
  const taskId = taskIdOf(data);
  return {
    event_id: id,
    event_type: dottedType({ name: nameOf(attributes) }),
    user_id: userid,
    ...(taskId === undefined ? {} : { task_id: taskId }),
    timestamp: time,
    payload: payloadOf(data),
    schema_version: "v1",
  };
}

/** R051: the form of S3's appendix A, whose payload of a task is its id, its title and whether it is done. */
function phaseFiveForm({ attributes, data }: CloudEvent): JsonObject {
  const { id = "", userid = "", time = "" } = attributes;
  const task = objectAt(data, "task");
  return {
    eventId: id,
    eventType: constantType({ name: nameOf(attributes) }),
    timestamp: time,
    userId: userid,
    payload: task === undefined ? payloadOf(data) : shortTask(task),
  };
}

function shortTask({ id = "", title = "", status = "" }: JsonObject): JsonObject {
  return { taskId: id, title, completed: status === "TASK_STATUS_COMPLETED" };
}

function payloadOf(data: JsonValue): JsonObject {
  const { context: _, ...rest } = objectOf(data) ?? {};
  return rest;
}

function taskIdOf(data: JsonValue): JsonValue | undefined {
  return objectAt(data, "task")?.["id"] ?? objectOf(data)?.["taskId"];
}

/** The last part of the full name of the message. */
function nameOf({ type = "" }: Readonly<Record<string, string>>): string {
  return type.slice(type.lastIndexOf(".") + 1);
}

function objectAt(data: JsonValue, field: string): JsonObject | undefined {
  return objectOf(objectOf(data)?.[field]);
}

function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}
