import { createHash } from "node:crypto";
import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  getOption,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { TimestampSchema, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** When every sample happened. */
export const sampleTime = new Date("2026-03-01T10:20:30.456Z");

/** Texts of fields for which any text would not do, by name. */
const texts: Record<string, string> = {
  all_day: "2026-03-01",
  app: "gateway",
  client_address: "192.0.2.7",
  consumer: "audit",
  dtstart: "2026-03-01T10:20:30",
  email_hash: "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
  error_class: "DomainError",
  etag: "7",
  floating: "2026-03-01T10:20:30",
  locale: "de-AT",
  method: "todo.task.v1.TaskService/GetTask",
  reason: "TASK_NOT_FOUND",
  recurrence_id: "20260301T102030Z",
  rrule: "FREQ=WEEKLY;BYDAY=MO",
  rrule_pattern: "FREQ=WEEKLY;BYDAY=MO",
  topic: "task.events",
  type: "todo.task.v1.TaskCreated",
  tzdata: "2026a",
  tzid: "Europe/Vienna",
  zone: "Europe/Vienna",
};

/** A uuid that is the same for the same name. */
export function sampleUuid(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A message with every field set; of a oneof the last one. What a field holds follows from the field alone. */
export function sampleOf(desc: DescMessage, depth = 0): Message {
  const message = create(desc);
  const view = reflect(desc, message);
  const isChosen = (field: DescField) => field.oneof === undefined || field.oneof.fields.at(-1) === field;
  for (const field of desc.fields.filter(isChosen)) fill(view, field, depth);
  return message;
}

/** Deeper than any event of ours, and the end of one that contains itself. */
const deepest = 5;

function fill(view: ReflectMessage, field: DescField, depth: number): void {
  switch (field.fieldKind) {
    case "scalar":
      view.set(field, scalar(field.scalar, field, ""));
      break;
    case "enum":
      view.set(field, firstOf(field.enum));
      break;
    case "message":
      if (depth < deepest) view.set(field, messageOf(field.message, depth));
      break;
    case "list":
      fillList(view, field, depth);
      break;
    case "map":
      throw new Error(`${field.toString()}: no event has a map so far; say here what a sample of one holds`);
  }
}

function fillList(view: ReflectMessage, field: DescField & { fieldKind: "list" }, depth: number): void {
  const list = view.get(field);
  switch (field.listKind) {
    case "scalar":
      for (const nth of ["first", "second"]) list.add(scalar(field.scalar, field, nth));
      break;
    case "enum":
      list.add(firstOf(field.enum));
      break;
    case "message":
      if (depth < deepest) list.add(messageOf(field.message, depth));
  }
}

function messageOf(desc: DescMessage, depth: number): ReflectMessage {
  if (desc.typeName === TimestampSchema.typeName)
    return reflect(TimestampSchema, timestampFromDate(sampleTime));
  return reflect(desc, sampleOf(desc, depth + 1));
}

function firstOf(desc: DescEnum): number {
  return desc.values.find(({ number }) => number !== 0)?.number ?? 0;
}

/** More than a double holds exactly: a consumer that loses digits is found out. */
const large = 2n ** 53n + 1n;

function scalar(type: ScalarType, field: DescField, nth: string) {
  switch (type) {
    case ScalarType.STRING:
      return text(field, nth);
    case ScalarType.BYTES:
      return Uint8Array.of(0, 127, 128, 255);
    case ScalarType.BOOL:
      return true;
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return large;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return 0.5;
    default:
      return nth === "second" ? 6 : 7;
  }
}

function text(field: DescField, nth: string): string {
  const { name } = field;
  const known = texts[name];
  if (known !== undefined) return known;
  if (isUuid(field) || name.endsWith("_id")) return sampleUuid(name + nth);
  return [nth, name.replaceAll("_", " ")].filter(Boolean).join(" ");
}

function isUuid(field: DescField): boolean {
  const { type } = getOption(field, fieldRules);
  const each = type.case === "repeated" ? (type.value.items?.type ?? type) : type;
  return each.case === "string" && each.value.wellKnown.case === "uuid";
}
