import type { DescMessage } from "@bufbuild/protobuf";
import type { Problem } from "#src/json/problem.ts";
import { readText } from "#src/json/scalar.ts";
import { JsonNumber, JsonObject, type JsonValue } from "#src/json/text.ts";
import { isDuration, isTimestamp } from "#src/json/time.ts";

type Reader = (value: JsonValue) => { value: unknown } | Omit<Problem, "field">;

/** Readers of the messages that JSON has a form of its own for (ProtoJSON). */
const readers: Readonly<Record<string, Reader>> = {
  "google.protobuf.Timestamp": (value) =>
    typeof value === "string" && isTimestamp(value)
      ? { value }
      : {
          kind: typeof value === "string" ? "TIME_INVALID" : "TYPE_WRONG",
          text: "must be a day and time that exist, in the years 1 to 9999, such as 2026-03-29T09:00:00Z (RFC 3339)",
        },
  "google.protobuf.Duration": (value) =>
    typeof value === "string" && isDuration(value)
      ? { value }
      : {
          kind: typeof value === "string" ? "TIME_INVALID" : "TYPE_WRONG",
          text: "must be a number of seconds with an s, such as 1.5s",
        },
  "google.protobuf.FieldMask": (value) => {
    if (typeof value !== "string") {
      return {
        kind: "TYPE_WRONG",
        text: 'must be a string of field names with commas between them, such as "title,due"',
      };
    }
    if (value === "" || value.split(",").every((path) => maskPath.test(path))) return { value };
    return {
      kind: "MASK_INVALID",
      text: 'must be field names as JSON has them, with commas between them, such as "title,subtaskOf"',
    };
  },
  "google.protobuf.Struct": (value) =>
    value instanceof JsonObject ? anyJson(value) : { kind: "TYPE_WRONG", text: "must be a JSON object" },
  "google.protobuf.ListValue": (value) =>
    Array.isArray(value) ? anyJson(value) : { kind: "TYPE_WRONG", text: "must be a list" },
  "google.protobuf.Value": (value) => anyJson(value),
  "google.protobuf.Any": (value) => anyJson(value),
};

const maskPath = /^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*$/;

export function wellKnown(desc: DescMessage): Reader | undefined {
  return Object.hasOwn(readers, desc.typeName) ? readers[desc.typeName] : undefined;
}

/** JSON of any shape, in which only the text has to be text and each name to stand once. */
function anyJson(value: JsonValue): ReturnType<Reader> {
  try {
    return { value: plain(value) };
  } catch (error) {
    if (error instanceof Broken) return error.problem;
    throw error;
  }
}

class Broken extends Error {
  readonly problem: Omit<Problem, "field">;

  constructor(problem: Omit<Problem, "field">) {
    super(problem.text);
    this.problem = problem;
  }
}

function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.source);
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof JsonObject)) return value;
  const result: Record<string, unknown> = Object.create(null);
  for (const [name, inner] of value.members) {
    if (name in result) throw new Broken({ kind: "FIELD_REPEATED", text: "has a name twice" });
    result[text(name)] = plain(inner);
  }
  return result;
}

function text(value: string): string {
  const read = readText(value);
  if ("value" in read) return value;
  throw new Broken(read);
}
