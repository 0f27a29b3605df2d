import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { needsOne, rulesOf } from "@todo/kit/rules/rules-at";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Text with a grammar of its own, which no rule of the contract describes. */
const grammars: Readonly<Record<string, string>> = {
  rrule: "FREQ=DAILY",
  text: "every day",
  tzid: "Pacific/Auckland",
};

/** The rules of a field, or of the entries of a list, as far as they have one value each. */
export type Rules = Readonly<Record<string, unknown>>;

/** The id in every sample. */
export const sampleId = "018f0000-0000-7000-8000-000000000000";

/** Text that a pattern of the contracts takes. */
const texts: readonly string[] = ["a", "2026-03-29", "2026-03-29T09:00:00", "tasks:read", "abcd-1234"];

/** The smallest request that keeps every rule of its contract. */
export function sampleOf(message: DescMessage): { [name: string]: Json } {
  const sample: { [name: string]: Json } = {};
  for (const field of message.fields) {
    const { oneof } = field;
    const first = oneof !== undefined && needsOne(oneof) && oneof.fields[0] === field;
    if (first || (oneof === undefined && isNeeded(field))) sample[field.jsonName] = fieldValue(field);
  }
  return sample;
}

/** Whether a request without the field breaks a rule. */
function isNeeded(field: DescField): boolean {
  const rules = rulesOf(field);
  if (rules?.required) return true;
  if (rules === undefined || rules.ignore !== 0 || field.fieldKind === "message") return false;
  const { minLen, minItems, pattern, wellKnown, notIn } = typeRules(field);
  if (Number(minLen ?? 0) > 0 || Number(minItems ?? 0) > 0) return true;
  if ((wellKnown as { case?: string } | undefined)?.case !== undefined) return field.fieldKind === "scalar";
  if (typeof pattern === "string" && pattern !== "") return !new RegExp(pattern, "u").test("");
  return field.fieldKind === "enum" && Array.isArray(notIn) && notIn.length > 0;
}

/** A value that keeps the rules of a field. */
export function fieldValue(field: DescField): Json {
  if (field.fieldKind === "list") return [entryOf(field, itemRules(field))];
  if (field.fieldKind === "map") return {};
  return entryOf(field, typeRules(field));
}

function entryOf(field: DescField, rules: Rules): Json {
  if (field.enum) return field.enum.values.find(({ number }) => number !== 0)?.name ?? 0;
  if (field.message) return messageValue(field, rules);
  switch (field.scalar) {
    case ScalarType.STRING:
      return grammars[field.name] ?? textOf(rules);
    case ScalarType.BOOL:
      return true;
    default:
      return 1;
  }
}

function messageValue({ message }: DescField, rules: Rules): Json {
  switch (message?.typeName) {
    case "google.protobuf.Timestamp":
      return "2026-03-29T09:00:00Z";
    case "google.protobuf.FieldMask":
      return camel(String((rules["in"] as string[])[0]));
    default:
      return message === undefined ? null : sampleOf(message);
  }
}

function textOf({ wellKnown, pattern }: Rules): string {
  if ((wellKnown as { case?: string } | undefined)?.case === "uuid") return sampleId;
  if (typeof pattern !== "string" || pattern === "") return "a";
  const text = texts.find((candidate) => new RegExp(pattern, "u").test(candidate));
  if (text === undefined) throw new Error(`no sample for the pattern ${pattern}`);
  return text;
}

export function typeRules(field: DescField): Rules {
  return own(rulesOf(field)?.type.value);
}

export function itemRules(field: DescField): Rules {
  const type = rulesOf(field)?.type;
  return type?.case === "repeated" ? own(type.value.items?.type.value) : {};
}

/** What is written in the contract, without what the rules' own contract has as a default. */
function own(rules: object | undefined): Rules {
  return { ...rules };
}

export function camel(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
