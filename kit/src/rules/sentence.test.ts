import {
  create,
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  hasOption,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import {
  type FieldRules,
  field as fieldRules,
  message as messageRules,
  oneof as oneofRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { UpdateProfileRequestSchema } from "@todo/proto/todo/identity/v1/profile_service";
import {
  BatchUpdateTasksRequestSchema,
  CreateTaskRequestSchema,
  ListTasksRequestSchema,
  RenameTagRequestSchema,
  UpdateTaskRequestSchema,
} from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import { methodRule } from "../policy.ts";
import { services } from "../services.ts";
import { hasSentence, sentenceOf } from "./sentence.ts";
import { violationsOf } from "./violations.ts";

const id = "018f0000-0000-7000-8000-000000000000";

function sentences<D extends DescMessage>(desc: D, init: MessageInitShape<D>): string[] {
  return violationsOf(desc, create(desc, init), { outside: true }).map(sentenceOf);
}

describe("the sentence for a broken rule", () => {
  it("exists for every rule of every request that the outside may send", () => {
    const missing = new Set<string>();
    let count = 0;
    for (const [place, rule, pattern] of rulesOfRequests()) {
      count++;
      if (!hasSentence(rule, pattern)) missing.add(`${place}: ${rule} ${pattern ?? ""}`);
    }
    expect([...missing]).toEqual([]);
    expect(count).toBeGreaterThan(150);
  });

  it("says what is asked for in the names of the contract", () => {
    expect(
      sentences(CreateTaskRequestSchema, {
        title: "x".repeat(201),
        priority: 77 as never,
        tags: ["a", "a"],
        due: { kind: { case: "zoned", value: { tzid: "" } } },
        subtaskOf: "x",
        reminderMinutes: [40_321],
        dependsOn: [""],
      }).sort(),
    ).toEqual([
      "depends_on[0] must be a UUID and is empty",
      "due.zoned.time must be given",
      "due.zoned.tzid must be the name of an IANA time zone such as Europe/Berlin",
      "due.zoned.tzid must not be empty",
      "priority must be one of PRIORITY_VERY_IMPORTANT, PRIORITY_HIGH, PRIORITY_MEDIUM, PRIORITY_LOW",
      "reminder_minutes[0] must be at most 40320",
      "subtask_of must be a UUID such as 018f0000-0000-7000-8000-000000000000",
      "tags must have each entry once",
      "title must have at most 200 characters",
    ]);
    expect(sentences(BatchUpdateTasksRequestSchema, {})).toEqual([
      "selection must be given: one of targets, filter",
      "action must be given: one of fields, tags, transition",
    ]);
  });

  it("tells of NUL in text that has no rule of its own", () => {
    expect(sentences(RenameTagRequestSchema, { name: "a\0", newName: "b\0" })).toEqual([
      "new_name must have no commas, control characters or line breaks",
      "name must not have the character NUL",
    ]);
    expect(sentences(ListTasksRequestSchema, { filter: { tags: ["a", "\0"] }, pageToken: "\0" })).toEqual([
      "filter.tags[1] must not have the character NUL",
      "page_token must not have the character NUL",
    ]);
  });

  it("tells of instants that Timestamp does not have", () => {
    const dueFrom = { seconds: 253_402_300_800n };
    const dueUntil = { seconds: 0n, nanos: -1 };
    expect(sentences(ListTasksRequestSchema, { filter: { dueFrom, dueUntil } })).toEqual([
      "filter.due_from must lie in the years 1 to 9999",
      "filter.due_until must lie in the years 1 to 9999",
    ]);
    const last = { seconds: 253_402_300_799n, nanos: 999_999_999 };
    expect(sentences(ListTasksRequestSchema, { filter: { dueFrom: last } })).toEqual([]);
  });
});

describe("an update mask", () => {
  const update = (paths: string[], fields: object = {}) =>
    sentences(UpdateTaskRequestSchema, { id, updateMask: { paths }, ...fields });
  const names =
    "title, description, priority, tags, due, subtask_of, depends_on, complete_with_subtasks, reminder_minutes";

  it.each([
    [[], "update_mask must name at least one field"],
    [["due.all_day"], `update_mask must name fields of ${names}: did you mean due?`],
    [["title", "descripton"], `update_mask must name fields of ${names}: did you mean description?`],
    [["*"], `update_mask must name fields of ${names}`],
    [[""], `update_mask must name fields of ${names}`],
    [["id"], `update_mask must name fields of ${names}`],
  ])("with the paths %j is refused", (paths, sentence) => {
    expect(update(paths)).toEqual([sentence]);
  });

  it("is refused where a field is given that it does not name", () => {
    expect(update(["title"], { title: "a", priority: 2, tags: ["a"] })).toEqual([
      "priority is given, but the mask does not name it",
      "tags is given, but the mask does not name it",
    ]);
    const profile = { updateMask: { paths: ["zone"] }, zone: "UTC", locale: "de" };
    expect(sentences(UpdateProfileRequestSchema, profile)).toEqual([
      "locale is given, but the mask does not name it",
    ]);
  });

  it("may name fields that are not given, which clears them", () => {
    expect(update(["due", "description"], { etag: "e", requestId: "12345678" })).toEqual([]);
  });
});

/** Every rule of every exposed request: where it stands, its id, and its pattern if it is one. */
function* rulesOfRequests(): Iterable<[place: string, rule: string, pattern?: string | undefined]> {
  for (const message of requestMessages()) {
    if (hasOption(message, messageRules)) yield [message.typeName, "message rules"];
    for (const oneof of message.oneofs) yield* oneofRule(oneof);
    for (const field of message.fields) yield* rulesOfField(field);
  }
}

function* oneofRule(oneof: DescOneof): Iterable<[string, string]> {
  if (hasOption(oneof, oneofRules) && getOption(oneof, oneofRules).required)
    yield [String(oneof), "required"];
}

function* rulesOfField(field: DescField): Iterable<[string, string, (string | undefined)?]> {
  if (!hasOption(field, fieldRules)) return;
  const { required, type, cel } = getOption(field, fieldRules);
  if (required) yield [String(field), "required"];
  for (const { id: rule } of cel) yield [String(field), rule];
  yield* rulesOfType(String(field), type);
  if (type.case !== "repeated") return;
  const items = type.value.items;
  if (items !== undefined) yield* rulesOfType(`${field} items`, items.type);
}

const notRules = new Set(["items", "keys", "values", "example", "strict"]);

function* rulesOfType(
  place: string,
  type: FieldRules["type"],
): Iterable<[string, string, (string | undefined)?]> {
  if (type.case === undefined) return;
  const prefix = type.case === "fieldMask" ? "field_mask" : type.case;
  for (const field of Object.keys(type.value)) {
    if (field.startsWith("$") || notRules.has(field)) continue;
    const value = (type.value as unknown as Record<string, unknown>)[field];
    if (value === undefined || value === 0 || value === "" || value === false) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    const oneof = value as { case?: string; value?: unknown };
    if (typeof value === "object" && "case" in (value as object)) {
      if (oneof.case !== undefined) yield [place, `${prefix}.${snake(oneof.case)}`];
    } else yield [place, `${prefix}.${snake(field)}`, field === "pattern" ? String(value) : undefined];
  }
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function* requestMessages(): Iterable<DescMessage> {
  const seen = new Set<DescMessage>();
  const open = services.flatMap(({ methods }) =>
    methods.filter((method) => methodRule(method).exposed).map(({ input }) => input),
  );
  for (let message = open.pop(); message !== undefined; message = open.pop()) {
    if (seen.has(message)) continue;
    seen.add(message);
    yield message;
    open.push(...message.fields.flatMap(({ message: inner }) => (inner === undefined ? [] : [inner])));
  }
}
