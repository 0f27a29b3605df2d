import { fromJson, type JsonValue, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { TaskSchema } from "@todo/proto/todo/task/v1/task";
import type { FieldChangeSchema } from "@todo/proto/todo/task/v1/task_service";
import type { TaskFields } from "./domain/task.ts";
import { partOfTask } from "./mapping.ts";

type Json = Readonly<Record<string, JsonValue | undefined>>;

/** What a change put in the place of what, by the contract's names of the fields. */
export function fieldChanges(
  before: Partial<TaskFields>,
  after: Partial<TaskFields>,
): MessageInitShape<typeof FieldChangeSchema>[] {
  const [was, is] = [jsonOf(before), jsonOf(after)];
  const changed = TaskSchema.fields.filter(({ jsonName }) => jsonName in was || jsonName in is);
  return changed.map(({ name: field, jsonName }) => ({
    field,
    ...valued("before", was[jsonName]),
    ...valued("after", is[jsonName]),
  }));
}

function jsonOf(fields: Partial<TaskFields>): Json {
  return toJson(TaskSchema, partOfTask(fields)) as Json;
}

function valued<Name extends string>(name: Name, json: JsonValue | undefined): { [N in Name]?: Value } {
  if (json === undefined) return {};
  return { [name]: fromJson(ValueSchema, json) } as { [N in Name]: Value };
}
