import { type DescField, type DescMessage, type DescMethod, ScalarType } from "@bufbuild/protobuf";
import { methodRule } from "@todo/kit/policy";
import { needsOne, rulesOf } from "@todo/kit/rules/rules-at";
import { services } from "@todo/kit/services";
import { camel, fieldValue, itemRules, type Json, type Rules, sampleOf, typeRules } from "./sample.ts";

/** A request that is wrong in one thing, and what the answer has to say. */
export interface Row {
  /** `package.Service/Method`. */
  method: string;
  /** What kind of wrong it is: the id of a rule, or what any field can suffer. */
  kind: string;
  /** The way to the field in JSON. */
  path: string;
  /** The request; `\ufffd` stands for a byte that is no UTF-8 where the kind says so. */
  request: Json;
  /** What the sentence holds. */
  says: string;
}

/** What no answer may repeat. */
export const marker = "hunter2-hunter2";

/** Every rule of every field of every exposed method broken once, and what else can be wrong with each field. */
export function matrix(): Row[] {
  return exposedMethods().flatMap((method) => {
    const rows: Row[] = [];
    const base = sampleOf(method.input);
    const add: Add = (at, kind, value, says, below = "") => {
      const path = at.map(({ jsonName }) => jsonName).join(".") + below;
      rows.push({ method: nameOf(method), kind, path, request: withValue(base, at, value), says });
    };
    walk(method.input, [], add);
    return rows;
  });
}

/** How many rules the contracts have for exposed requests, counted without making a request of each. */
export function countRules(): number {
  let count = 0;
  for (const { input } of exposedMethods()) {
    for (const field of fieldsBelow(input)) {
      const of = [typeRules(field), itemRules(field)].flatMap((rules) => brokenRules(rules));
      count += of.length + (rulesOf(field)?.required ? 1 : 0);
      if (field.oneof !== undefined && needsOne(field.oneof) && field.oneof.fields[0] === field) count++;
    }
  }
  return count;
}

export function exposedMethods(): DescMethod[] {
  return services.flatMap(({ methods }) => methods.filter((method) => methodRule(method).exposed));
}

export function nameOf(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

type Add = (
  at: readonly DescField[],
  kind: string,
  value: Json | undefined,
  says: string,
  below?: string,
) => void;

function walk(message: DescMessage, above: readonly DescField[], add: Add): void {
  strangers(message, above, add);
  for (const oneof of message.oneofs) {
    const [first] = oneof.fields;
    if (needsOne(oneof) && first) {
      const members = oneof.fields.map(({ jsonName }) => jsonName).join(", ");
      const place = [...above, { ...first, jsonName: camel(oneof.name) }];
      add(place, "required", undefined, `must be given: one of ${members}`);
    }
  }
  for (const field of message.fields) {
    const at = [...above, field];
    if (rulesOf(field)?.required) add(at, "required", undefined, "must be given");
    ofType(field, at, add);
    for (const rule of brokenRules(typeRules(field))) add(at, rule.kind, rule.value(field), rule.says);
    for (const rule of brokenRules(itemRules(field)))
      add(at, rule.kind, [rule.value(field)], rule.says, "[0]");
    if (field.message && !isWellKnown(field.message) && field.fieldKind === "message")
      walk(field.message, at, add);
    if (field.message && !isWellKnown(field.message) && field.fieldKind === "list") inList(field, at, add);
  }
}

/** Fields of messages in a list: of the first one. */
function inList(field: DescField, at: readonly DescField[], add: Add): void {
  const first = { ...field, jsonName: `${field.jsonName}[0]` };
  if (field.message) walk(field.message, [...at.slice(0, -1), first], add);
}

/** Names that are no field of a message. */
function strangers(message: DescMessage, above: readonly DescField[], add: Add): void {
  const stranger = (jsonName: string) => [...above, { jsonName } as DescField];
  add(stranger("noSuchName"), "unknown field", marker, `is no field of ${message.name}`);
  for (const { jsonName } of message.fields) {
    const misspelt = `${jsonName}x`;
    add(stranger(misspelt), "misspelt field", marker, "did you mean ");
    const otherCase = jsonName.toUpperCase();
    if (otherCase !== jsonName)
      add(stranger(otherCase), "field in capitals", marker, `did you mean ${jsonName}?`);
  }
}

/** What is wrong for the type of a field, whatever its rules. */
function ofType(field: DescField, at: readonly DescField[], add: Add): void {
  const isList = field.fieldKind === "list";
  const put = (kind: string, value: Json, says: string) =>
    add(at, kind, isList ? [value] : value, says, isList ? "[0]" : "");
  if (isList) {
    add(at, "wrong type", { secret: marker }, "must be a list");
    add(at, "null in a list", [null], "must not be null", "[0]");
  }
  if (field.enum) {
    put("unknown enum name", marker, "must be one of ");
    put("unknown enum number", 7007, "must be one of ");
    const known = field.enum.values.find(({ number }) => number !== 0)?.name ?? "";
    put("misspelt enum name", `${known}X`, "did you mean ");
    put("wrong type", { secret: marker }, "must be one of ");
  } else if (field.message) {
    ofMessage(field.message, put);
  } else if (field.scalar === ScalarType.STRING) {
    put("wrong type", { secret: marker }, "must be a string");
    put("NUL", "a\0", "must ");
    put("no UTF-8", "a\ufffd", "must be UTF-8");
    put("half a surrogate pair", "a\ud800", "must be UTF-8");
  } else if (field.scalar === ScalarType.BOOL) {
    put("wrong type", marker, "must be true or false");
    put("wrong type", 1, "must be true or false");
  } else {
    put("wrong type", marker, "must be a whole number");
    put("wrong type", 1.5, "must be a whole number");
    put("out of range", 1e21, "must be a number from 0 to ");
    put("out of range", -1, "must be a number from 0 to ");
  }
}

function ofMessage(message: DescMessage, put: (kind: string, value: Json, says: string) => void): void {
  switch (message.typeName) {
    case "google.protobuf.Timestamp":
      put("wrong type", 12_345_678, "must be a day and time that exist");
      for (const time of ["2026-02-30T09:00:00Z", "2026-03-29T24:00:00Z", "2026-03-29", marker]) {
        put("no time", time, "must be a day and time that exist");
      }
      return;
    case "google.protobuf.FieldMask":
      put("wrong type", [marker], "must be a string of field names");
      put("empty mask", "", "must name at least one field");
      put("unknown name in a mask", "noSuchName", "must name fields of ");
      put("name below a field in a mask", "title.noSuchName", "must name fields of ");
      put("broken mask", `${marker},`, "must be field names as JSON has them");
      return;
    default:
      put("wrong type", marker, "must be a JSON object");
  }
}

interface Broken {
  kind: string;
  says: string;
  value(field: DescField): Json;
}

/** For each rule that a set of rules holds, a value that breaks it. */
function brokenRules(rules: Rules): Broken[] {
  const { minLen, maxLen, pattern, wellKnown, minItems, maxItems, unique, definedOnly, notIn, lessThan } =
    rules;
  const found: Broken[] = [];
  const add = (kind: string, says: string, value: Broken["value"]) => found.push({ kind, says, value });
  if (minLen) add("min_len", "must not be empty", () => "");
  if (maxLen) add("max_len", `must have at most ${maxLen} characters`, () => "x".repeat(Number(maxLen) + 1));
  if (pattern) add("pattern", "must ", () => `${marker}\u0007,`);
  if ((wellKnown as { case?: string } | undefined)?.case) add("uuid", "must be a UUID", () => marker);
  if (minItems) add("min_items", "must not be empty", () => []);
  if (maxItems) {
    const most = Number(maxItems);
    add("max_items", `must have at most ${most} entries`, (field) =>
      Array(most + 1).fill((fieldValue(field) as Json[])[0] ?? null),
    );
  }
  if (unique) {
    add("unique", "must have each entry once", (field) => [
      ...(fieldValue(field) as Json[]),
      ...(fieldValue(field) as Json[]),
    ]);
  }
  if (definedOnly) add("defined_only", "must be one of ", () => 7007);
  if (Array.isArray(notIn) && notIn.length > 0) add("not_in", "must be one of ", () => Number(notIn[0]));
  const limit = lessThan as { case?: string; value?: number } | undefined;
  if (limit?.case) add(limit.case, `must be at most ${limit.value}`, () => Number(limit.value) + 1);
  if (Array.isArray(rules["in"]) && rules["in"].length > 0)
    add("in", "must name fields of ", () => "noSuchName");
  return found;
}

function* fieldsBelow(message: DescMessage): Iterable<DescField> {
  for (const field of message.fields) {
    yield field;
    if (field.message && !isWellKnown(field.message)) yield* fieldsBelow(field.message);
  }
}

function isWellKnown({ typeName }: DescMessage): boolean {
  return typeName.startsWith("google.protobuf.");
}

/** Every place for a time, at the ends of time: each may be refused, and none may be too much for a service. */
export function ends(): Row[] {
  return exposedMethods().flatMap((method) => {
    const rows: Row[] = [];
    const base = sampleOf(method.input);
    for (const at of placesOf(method.input, [])) {
      const field = at.at(-1) as DescField;
      for (const time of endsOf(field)) {
        const request = named(withValue(base, at, field.fieldKind === "list" ? [time] : time), at);
        const path = at.map(({ jsonName }) => jsonName).join(".");
        rows.push({
          method: nameOf(method),
          kind: "end of time",
          path: `${path} = ${time}`,
          request,
          says: "",
        });
      }
    }
    return rows;
  });
}

function* placesOf(message: DescMessage, above: readonly DescField[]): Iterable<readonly DescField[]> {
  for (const field of message.fields) {
    const at = [...above, field];
    yield at;
    if (field.fieldKind === "message" && !isWellKnown(field.message)) yield* placesOf(field.message, at);
  }
}

function endsOf(field: DescField): string[] {
  if (field.message?.typeName === "google.protobuf.Timestamp") {
    return [
      "0001-01-01T00:00:00Z",
      "1899-12-31T23:59:59Z",
      "9999-12-31T23:59:59Z",
      "9999-12-31T23:59:59.999999999Z",
    ];
  }
  const { pattern } = field.fieldKind === "list" ? itemRules(field) : typeRules(field);
  const texts = ["9999-12-31", "0001-01-01", "0000-01-01", "2026-02-30", "2026-02-29"].flatMap((day) => [
    day,
    `${day}T23:59:59`,
    `${day}T23:59:59Z`,
  ]);
  if (field.scalar !== ScalarType.STRING || typeof pattern !== "string" || !pattern.startsWith("^[0-9]{4}-"))
    return [];
  return texts.filter((text) => new RegExp(pattern, "u").test(text));
}

/** The same request with masks that name what it gives. */
function named(request: Json, at: readonly DescField[]): Json {
  let holder = request as { [name: string]: Json };
  for (const { jsonName } of at) {
    if (typeof holder["updateMask"] === "string") holder["updateMask"] = jsonName;
    holder = holder[jsonName] as { [name: string]: Json };
  }
  return request;
}

/** A request with another value at one place; `undefined` takes the field away. */
function withValue(base: Json, at: readonly DescField[], value: Json | undefined): Json {
  const request = structuredClone(base) as { [name: string]: Json };
  let holder = request;
  for (const field of at.slice(0, -1)) holder = enter(holder, field);
  const last = at.at(-1);
  if (last === undefined) return request;
  for (const other of last.oneof?.fields ?? []) delete holder[other.jsonName];
  if (value === undefined) delete holder[last.jsonName];
  else holder[last.jsonName] = value;
  return request;
}

function enter(holder: { [name: string]: Json }, field: DescField): { [name: string]: Json } {
  const name = field.jsonName.replace("[0]", "");
  for (const other of field.oneof?.fields ?? []) if (other.jsonName !== name) delete holder[other.jsonName];
  holder[name] ??= fieldValue(field);
  const inner = holder[name];
  return (Array.isArray(inner) ? inner[0] : inner) as { [name: string]: Json };
}
